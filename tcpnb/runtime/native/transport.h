/* A connection's transport, as asyncio's protocols see it. A part of reactor.c. */

/* -- small things -------------------------------------------------------------------------------------------------- */

static PyObject *os_error(int number)
{
    return PyObject_CallFunction(PyExc_OSError, "is", number, strerror(number));
}

/* The text of an IPv4 address, interned; those of the last peers are at hand. */
static PyObject *host_of(struct in_addr host)
{
    static struct { in_addr_t number; PyObject *text; } last[HOSTS];
    int i = ntohl(host.s_addr) % HOSTS;
    if (!last[i].text || last[i].number != host.s_addr) {
        char text[INET_ADDRSTRLEN];
        PyObject *made = PyUnicode_InternFromString(inet_ntop(AF_INET, &host, text, sizeof text));
        if (!made)
            return NULL;
        last[i].number = host.s_addr;
        Py_XSETREF(last[i].text, made);
    }
    return Py_NewRef(last[i].text);
}

static PyObject *address(const struct sockaddr_storage *from)
{
    char text[INET6_ADDRSTRLEN];
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)from;
        PyObject *host = host_of(four->sin_addr), *port = host ? PyLong_FromLong(ntohs(four->sin_port)) : NULL;
        PyObject *pair = port ? PyTuple_Pack(2, host, port) : NULL;
        Py_XDECREF(host);
        Py_XDECREF(port);
        return pair;
    }
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
        inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
        return Py_BuildValue("(siII)", text, ntohs(six->sin6_port), ntohl(six->sin6_flowinfo),
                             (unsigned)six->sin6_scope_id);
    }
    Py_RETURN_NONE;
}

/* An array with room for one more; NULL without memory. It needs no interpreter. */
static void *room_for_one(void *array, int count, int *room, size_t each)
{
    if (count < *room)
        return array;
    int wider = *room ? 2 * *room : 64;
    void *more = PyMem_RawRealloc(array, wider * each);
    if (more)
        *room = wider;
    return more;
}

/* The first of a list, taken out of it: a new reference. */
static PyObject *take_first(PyObject *list)
{
    PyObject *first = Py_NewRef(PyList_GET_ITEM(list, 0));
    if (PyList_SetSlice(list, 0, 1, NULL) < 0)
        Py_CLEAR(first);
    return first;
}

/* Take a socket object's descriptor away, which is closed elsewhere. */
static void detach(PyObject *sock)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *result = PyObject_CallMethodNoArgs(sock, s_detach);
    if (!result)
        PyErr_WriteUnraisable(sock);
    Py_XDECREF(result);
    PyErr_Restore(type, value, trace);
}

static int wake(Reactor *r)
{
    if (r->in_poll || r->woken || !r->wake)
        return 0;
    PyObject *result = PyObject_CallNoArgs(r->wake);
    Py_XDECREF(result);
    r->woken = result != NULL;
    return result ? 0 : -1;
}

/* Call something in a context; NULL with an exception set where it fails. A handler whose write fills the buffer is in
   that context already. */
static PyObject *call_in(PyObject *context, PyObject *callable, PyObject *argument)
{
    int entered = PyContext_Enter(context) == 0;
    if (!entered)
        PyErr_Clear();
    PyObject *result = argument ? PyObject_CallOneArg(callable, argument) : PyObject_CallNoArgs(callable);
    if (!entered)
        return result;
    if (result) {
        PyContext_Exit(context);
        return result;
    }
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyContext_Exit(context);
    PyErr_Restore(type, value, trace);
    return NULL;
}

/* Call one of the protocol's methods in the connection's context. */
static PyObject *tell(Transport *t, PyObject *name, PyObject *argument)
{
    if (!t->protocol || !t->context)
        Py_RETURN_NONE; /* it has been told that it is lost */
    PyObject *method = PyObject_GetAttr(t->protocol, name);
    if (!method)
        return NULL;
    PyObject *context = Py_NewRef(t->context);
    PyObject *result = call_in(context, method, argument);
    Py_DECREF(context);
    Py_DECREF(method);
    return result;
}

/* -- what epoll is asked for --------------------------------------------------------------------------------------- */

static uint64_t key_of(const Transport *t)
{
    return (uint64_t)t->reactor->slots[t->fd].generation << 32 | (uint32_t)t->fd;
}

static PyObject *look_up(Reactor *r, uint64_t key)
{
    int fd = (int)(uint32_t)key;
    if (fd >= r->slot_count || r->slots[fd].generation != key >> 32)
        return NULL; /* an event of a connection that is gone */
    return r->slots[fd].object;
}

static int arm(Transport *t, uint32_t want)
{
    if (t->fd < 0 || want == t->armed)
        return 0;
    struct epoll_event event = {want, {.u64 = key_of(t)}};
    if (epoll_ctl(t->reactor->epoll, t->armed ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, t->fd, &event) < 0)
        return -1;
    t->armed = want;
    return 0;
}

/* Have it read at the next round, whatever epoll says. */
static int read_again(Transport *t)
{
    Reactor *r = t->reactor;
    if (t->queued)
        return 0;
    uint64_t *again = room_for_one(r->again, r->again_count, &r->again_room, sizeof *again);
    if (!again)
        return -1;
    r->again = again;
    r->again[r->again_count++] = key_of(t);
    t->queued = 1;
    return 0;
}

static int may_read(const Transport *t)
{
    return t->ready && t->reading && !t->ended && !t->held;
}

static Slot *take_slot(Reactor *r, int fd)
{
    if (fd >= r->slot_count) {
        int room = fd + 64 > 2 * r->slot_count ? fd + 64 : 2 * r->slot_count;
        Slot *more = PyMem_Realloc(r->slots, room * sizeof(Slot));
        if (!more) {
            PyErr_NoMemory();
            return NULL;
        }
        memset(more + r->slot_count, 0, (room - r->slot_count) * sizeof(Slot));
        r->slots = more;
        r->slot_count = room;
    }
    Slot *slot = &r->slots[fd];
    slot->generation++;
    return slot;
}

/* -- sending ------------------------------------------------------------------------------------------------------- */

/* Send what the system takes; without the interpreter or with it. What is sent is let go in `let_go`. */
static void flush(Transport *t)
{
    while (t->out_first < t->out_end) {
        struct iovec pieces[PIECES];
        int count = 0;
        size_t size = 0;
        for (int i = t->out_first; i < t->out_end && count < PIECES; i++, count++) {
            size_t skip = i == t->out_first ? t->offset : 0;
            pieces[count].iov_base = PyBytes_AS_STRING(t->out[i]) + skip;
            pieces[count].iov_len = (size_t)PyBytes_GET_SIZE(t->out[i]) - skip;
            size += pieces[count].iov_len;
        }
        ssize_t sent;
        if (count == 1) {
            sent = send(t->fd, pieces[0].iov_base, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        } else {
            struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
            sent = sendmsg(t->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        if (sent < 0) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                t->flush_error = errno;
            return;
        }
        t->unsent -= sent;
        size_t left = sent;
        while (t->out_first < t->out_end) {
            size_t rest = (size_t)PyBytes_GET_SIZE(t->out[t->out_first]) - t->offset;
            if (left < rest) {
                t->offset += left;
                break;
            }
            left -= rest;
            t->offset = 0;
            t->out_first++;
            t->out_spent++;
        }
    }
}

static void let_go(Transport *t)
{
    int from = t->out_first - t->out_spent;
    for (int i = from; i < t->out_first; i++)
        Py_DECREF(t->out[i]);
    t->out_spent = 0;
    if (t->out_first < t->out_end)
        return;
    t->out_first = t->out_end = 0;
    if (t->out != t->few) {
        PyMem_Free(t->out);
        t->out = t->few;
        t->out_room = 2;
    }
}

static void forget_unsent(Transport *t)
{
    t->out_spent += t->out_end - t->out_first;
    t->out_first = t->out_end;
    t->offset = t->unsent = 0;
    let_go(t);
}

static int keep(Transport *t, PyObject *data)
{
    if (t->out_end == t->out_room) {
        int live = t->out_end - t->out_first;
        let_go(t); /* nothing before `out_first` is referred to below */
        if (t->out_first && live <= t->out_room / 2) {
            memmove(t->out, t->out + t->out_first, live * sizeof(PyObject *));
        } else {
            PyObject **more = PyMem_New(PyObject *, 4 * t->out_room);
            if (!more) {
                PyErr_NoMemory();
                return -1;
            }
            memcpy(more, t->out + t->out_first, live * sizeof(PyObject *));
            if (t->out != t->few)
                PyMem_Free(t->out);
            t->out = more;
            t->out_room *= 4;
        }
        t->out_first = 0;
        t->out_end = live;
    }
    t->out[t->out_end++] = Py_NewRef(data);
    t->unsent += PyBytes_GET_SIZE(data);
    return 0;
}

static int make_dirty(Transport *t)
{
    Reactor *r = t->reactor;
    if (t->is_dirty)
        return 0;
    Transport **dirty = room_for_one(r->dirty, r->dirty_count, &r->dirty_room, sizeof *dirty);
    if (!dirty) {
        PyErr_NoMemory();
        return -1;
    }
    r->dirty = dirty;
    r->dirty[r->dirty_count++] = (Transport *)Py_NewRef((PyObject *)t);
    t->is_dirty = 1;
    return 0;
}

/* -- ending -------------------------------------------------------------------------------------------------------- */

/* Have `connection_lost` called soon; error: borrowed, the first one counts. */
static int lose(Transport *t, PyObject *error)
{
    t->closing = 1;
    t->reading = 0;
    if (t->losing)
        return PyList_GET_SIZE(t->reactor->lost) ? wake(t->reactor) : 0;
    t->losing = 1;
    if (error && error != Py_None)
        Py_XSETREF(t->error, Py_NewRef(error));
    Py_CLEAR(t->held);
    forget_unsent(t);
    if (PyList_Append(t->reactor->lost, (PyObject *)t) < 0)
        return -1;
    return wake(t->reactor);
}

static int lose_by(Transport *t, int number)
{
    PyObject *error = os_error(number);
    if (!error)
        return -1;
    int result = lose(t, error);
    Py_DECREF(error);
    return result;
}

/* Give the descriptor back. Where a forked child has a copy, epoll may tell of it once more: `look_up` knows better. */
static void close_socket(Transport *t)
{
    Reactor *r = t->reactor;
    int fd = t->fd;
    if (fd < 0)
        return;
    t->fd = -1;
    if (t->sock) {
        detach(t->sock);
        Py_CLEAR(t->sock);
    }
    close(fd);
    if (fd < r->slot_count && r->slots[fd].object == (PyObject *)t) {
        r->slots[fd].object = NULL;
        Py_DECREF(t);
    }
}

/* A callback failed. Whoever wants to end the thread may; anything else is told, and ends its connection. */
static int failed(Transport *t, const char *what)
{
    if (PyErr_ExceptionMatches(PyExc_SystemExit) || PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
        return -1;
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace)
        PyException_SetTraceback(value, trace);
    PyObject *result = PyObject_CallFunction(t->reactor->trouble, "sOO", what, value, (PyObject *)t);
    int outcome = result ? lose(t, value) : -1;
    Py_XDECREF(result);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return outcome;
}

/* The same for a connection that nobody would end any more, while an exception is on its way. */
static void and_lose(Transport *t)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    if (lose(t, NULL) < 0)
        PyErr_WriteUnraisable((PyObject *)t);
    PyErr_Restore(type, value, trace);
}

static int told(Transport *t, PyObject *result, const char *what)
{
    if (!result)
        return failed(t, what);
    Py_DECREF(result);
    return 0;
}

static int end_when_sent(Transport *t)
{
    if (t->unsent)
        return 0;
    if (t->closing)
        return lose(t, NULL);
    if (t->wants_shut && !t->shut) {
        t->shut = 1;
        shutdown(t->fd, SHUT_WR); /* where it fails the peer is gone, which reading tells */
    }
    return 0;
}

/* After a `flush`: let go of what is sent, and tell whom it concerns. */
static int settle(Transport *t)
{
    let_go(t);
    if (t->flush_error) {
        int number = t->flush_error;
        t->flush_error = 0;
        return t->losing ? 0 : lose_by(t, number);
    }
    if (t->losing || t->fd < 0)
        return 0;
    if (t->unsent && !t->is_dirty && arm(t, READABLE | EPOLLOUT) < 0)
        return lose_by(t, errno);
    if (t->unsent > t->high && !t->paused) {
        t->paused = 1;
        return told(t, tell(t, s_pause_writing, NULL), "protocol.pause_writing() failed");
    }
    if (t->paused && t->unsent <= t->low) {
        t->paused = 0;
        if (told(t, tell(t, s_resume_writing, NULL), "protocol.resume_writing() failed") < 0) {
            if (t->closing && !t->unsent)
                and_lose(t);
            return -1;
        }
    }
    return t->losing ? 0 : end_when_sent(t);
}

/* -- the transport, as protocols see it ---------------------------------------------------------------------------- */

/* Send a bytes object, now or at the end of the round. */
static int send_bytes(Transport *t, PyObject *bytes)
{
    if (t->closing || !PyBytes_GET_SIZE(bytes))
        return 0;
    int was_empty = !t->unsent;
    if (keep(t, bytes) < 0)
        return -1;
    if (t->reactor->in_poll && make_dirty(t) < 0)
        return -1;
    if (t->reactor->in_poll && t->unsent <= t->high)
        return 0;
    if (was_empty || t->is_dirty)
        flush(t); /* otherwise the system has just said that it takes no more */
    return settle(t);
}

static PyObject *transport_write(Transport *t, PyObject *data)
{
    PyObject *bytes;
    if (PyBytes_CheckExact(data))
        bytes = Py_NewRef(data);
    else if (PyObject_CheckBuffer(data))
        bytes = PyBytes_FromObject(data);
    else
        return PyErr_Format(PyExc_TypeError, "bytes are wanted, not %s", Py_TYPE(data)->tp_name);
    if (!bytes)
        return NULL;
    int outcome = -1;
    if (t->wants_shut)
        PyErr_SetString(PyExc_RuntimeError, "Cannot call write() after write_eof()");
    else
        outcome = send_bytes(t, bytes);
    Py_DECREF(bytes);
    if (outcome < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *transport_writelines(Transport *t, PyObject *lines)
{
    PyObject *empty = PyBytes_FromStringAndSize(NULL, 0);
    PyObject *joined = empty ? PyObject_CallMethodOneArg(empty, s_join, lines) : NULL;
    Py_XDECREF(empty);
    if (!joined)
        return NULL;
    PyObject *result = transport_write(t, joined);
    Py_DECREF(joined);
    return result;
}

/* Read no more, and close when all is sent. */
static int shut(Transport *t)
{
    if (t->closing)
        return 0;
    t->closing = 1;
    t->reading = 0;
    Py_CLEAR(t->held);
    return end_when_sent(t);
}

static PyObject *transport_close(Transport *t, PyObject *Py_UNUSED(nothing))
{
    if (shut(t) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *transport_abort(Transport *t, PyObject *Py_UNUSED(nothing))
{
    if (lose(t, NULL) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *transport_write_eof(Transport *t, PyObject *Py_UNUSED(nothing))
{
    if (!t->closing && !t->wants_shut) {
        t->wants_shut = 1;
        if (end_when_sent(t) < 0)
            return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *transport_can_write_eof(Transport *Py_UNUSED(t), PyObject *Py_UNUSED(nothing))
{
    Py_RETURN_TRUE;
}

static PyObject *transport_pause_reading(Transport *t, PyObject *Py_UNUSED(nothing))
{
    t->reading = 0;
    Py_RETURN_NONE;
}

static PyObject *transport_resume_reading(Transport *t, PyObject *Py_UNUSED(nothing))
{
    if (t->closing || t->reading)
        Py_RETURN_NONE;
    t->reading = 1;
    if (t->held) {
        if (PyList_Append(t->reactor->resumed, (PyObject *)t) < 0 || wake(t->reactor) < 0)
            return NULL;
    } else if (may_read(t)) {
        if (read_again(t) < 0)
            return PyErr_NoMemory();
        if (wake(t->reactor) < 0)
            return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *transport_is_reading(Transport *t, PyObject *Py_UNUSED(nothing))
{
    return PyBool_FromLong(t->reading);
}

static PyObject *transport_is_closing(Transport *t, PyObject *Py_UNUSED(nothing))
{
    return PyBool_FromLong(t->closing);
}

static PyObject *transport_get_write_buffer_size(Transport *t, PyObject *Py_UNUSED(nothing))
{
    return PyLong_FromSize_t(t->unsent);
}

static PyObject *transport_get_write_buffer_limits(Transport *t, PyObject *Py_UNUSED(nothing))
{
    return Py_BuildValue("(nn)", (Py_ssize_t)t->low, (Py_ssize_t)t->high);
}

static PyObject *transport_set_write_buffer_limits(Transport *t, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"high", "low", NULL};
    PyObject *given_high = Py_None, *given_low = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO", names, &given_high, &given_low))
        return NULL;
    Py_ssize_t low = given_low == Py_None ? -1 : PyLong_AsSsize_t(given_low);
    if (low == -1 && PyErr_Occurred())
        return NULL;
    Py_ssize_t high = given_high != Py_None ? PyLong_AsSsize_t(given_high) : low < 0 ? HIGH : 4 * low;
    if (high == -1 && PyErr_Occurred())
        return NULL;
    if (given_low == Py_None)
        low = high / 4;
    if (low < 0 || high < low)
        return PyErr_Format(PyExc_ValueError, "high (%zd) must be >= low (%zd) must be >= 0", high, low);
    t->high = high;
    t->low = low;
    if (t->losing || t->fd < 0)
        Py_RETURN_NONE;
    return settle(t) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *transport_get_protocol(Transport *t, PyObject *Py_UNUSED(nothing))
{
    return Py_NewRef(t->protocol ? t->protocol : Py_None);
}

static PyObject *transport_set_protocol(Transport *t, PyObject *protocol)
{
    PyObject *data_received = PyObject_GetAttr(protocol, s_data_received);
    if (!data_received)
        return NULL;
    t->is_known = 0;
    Py_XSETREF(t->protocol, Py_NewRef(protocol));
    Py_XSETREF(t->data_received, data_received);
    Py_RETURN_NONE;
}

static PyObject *transport_get_extra_info(Transport *t, PyObject *args)
{
    const char *name;
    PyObject *otherwise = Py_None;
    if (!PyArg_ParseTuple(args, "s|O", &name, &otherwise))
        return NULL;
    if (!strcmp(name, "peername"))
        return Py_NewRef(t->peername);
    if (t->fd < 0)
        return Py_NewRef(otherwise);
    if (!strcmp(name, "sockname")) {
        struct sockaddr_storage here;
        socklen_t size = sizeof here;
        return getsockname(t->fd, (struct sockaddr *)&here, &size) < 0 ? Py_NewRef(otherwise) : address(&here);
    }
    if (strcmp(name, "socket"))
        return Py_NewRef(otherwise);
    if (!t->sock) {
        int fd = t->fd;
        PyObject *made = PyObject_CallFunction(socket_class, "iiii", t->family, SOCK_STREAM, IPPROTO_TCP, fd);
        if (!made)
            return NULL;
        if (t->sock || t->fd != fd) { /* another thread was quicker, or it is closed meanwhile */
            detach(made);
            Py_DECREF(made);
            if (!t->sock)
                return Py_NewRef(otherwise);
        } else {
            t->sock = made;
        }
    }
    return PyObject_CallOneArg(shown_class, t->sock);
}

static int transport_traverse(Transport *t, visitproc visit, void *arg)
{
    Py_VISIT(t->reactor);
    Py_VISIT(t->protocol);
    Py_VISIT(t->data_received);
    Py_VISIT(t->context);
    Py_VISIT(t->sock);
    Py_VISIT(t->error);
    return 0;
}

static int transport_clear(Transport *t)
{
    t->is_known = 0;
    Py_CLEAR(t->protocol);
    Py_CLEAR(t->data_received);
    Py_CLEAR(t->context);
    Py_CLEAR(t->error);
    return 0;
}

static void transport_dealloc(Transport *t)
{
    PyObject_GC_UnTrack(t);
    if (t->fd >= 0) {
        if (t->sock)
            close_socket(t); /* nothing of the reactor holds it, or it would not be here */
        else
            close(t->fd);
    }
    transport_clear(t);
    forget_unsent(t);
    Py_XDECREF(t->peername);
    Py_XDECREF(t->sock);
    Py_XDECREF(t->held);
    Py_XDECREF(t->reactor);
    Py_TYPE(t)->tp_free((PyObject *)t);
}

#define METHOD(name, how, text) {#name, (PyCFunction)(void (*)(void))transport_##name, how, text}

static PyMethodDef transport_methods[] = {
    METHOD(write, METH_O, "Send bytes, now or at the end of the round; what the peer does not take waits."),
    METHOD(writelines, METH_O, "Send several pieces of bytes as one."),
    METHOD(write_eof, METH_NOARGS, "Send nothing more; the peer may."),
    METHOD(can_write_eof, METH_NOARGS, "True."),
    METHOD(close, METH_NOARGS, "Read no more, send what is unsent, close."),
    METHOD(abort, METH_NOARGS, "Close; what is unsent is lost."),
    METHOD(is_closing, METH_NOARGS, "Whether it is closed or will be."),
    METHOD(pause_reading, METH_NOARGS, "Call data_received no more until resume_reading."),
    METHOD(resume_reading, METH_NOARGS, "Call data_received again."),
    METHOD(is_reading, METH_NOARGS, "Whether data_received is called."),
    METHOD(get_write_buffer_size, METH_NOARGS, "Bytes that are unsent."),
    METHOD(get_write_buffer_limits, METH_NOARGS, "(low, high) in bytes."),
    METHOD(set_write_buffer_limits, METH_VARARGS | METH_KEYWORDS, "Bytes for pause_writing and resume_writing."),
    METHOD(get_protocol, METH_NOARGS, "The protocol, None after connection_lost."),
    METHOD(set_protocol, METH_O, "Call another protocol from now on."),
    METHOD(get_extra_info, METH_VARARGS, "'peername', 'sockname' or 'socket'."),
    {NULL, NULL, 0, NULL},
};

static PyTypeObject TransportType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "tcpnb.runtime._reactor.Transport",
    .tp_basicsize = sizeof(Transport),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "One accepted TCP connection, as asyncio.Transport; made by a Reactor.",
    .tp_dealloc = (destructor)transport_dealloc,
    .tp_traverse = (traverseproc)transport_traverse,
    .tp_clear = (inquiry)transport_clear,
    .tp_methods = transport_methods,
};
