/* Short cuts through the life of a connection: what `connection.py` does where nothing unusual happens, without the
   interpreter's detours. A part of reactor.c.

   Each of them looks first whether all is as usual. Where it is not it touches nothing, gives `LONG_WAY`, and the
   method of the same name in Python is called: there stands what is done, and why. What a short cut has done is what
   that method would have done, to the same variables (see known.h). */

/* -- what is asked of a connection --------------------------------------------------------------------------------- */

/* `Turns._waits_for_nothing`. */
static int waits_for_nothing(PyObject *c)
{
    return is_none(AT(c, connection_task)) && is_none(AT(c, connection__queue)) &&
           AT(c, connection_write_paused) == Py_False && AT(c, connection__pumping) == Py_False &&
           is_none(AT(c, connection__decoder));
}

static int is_transport_of(Transport *t, PyObject *c)
{
    return AT(c, connection_transport) == (PyObject *)t;
}

/* -- bytes came ---------------------------------------------------------------------------------------------------- */

/* Whether the first bytes are those of a client that came to the right door, and can be handled at once. */
static int may_be_first(PyObject *c, PyObject *data)
{
    if (AT(c, connection_state) != always.OPEN || !waits_for_nothing(c) || !PyBytes_GET_SIZE(data) ||
        PyLong_AsSsize_t(AT(c, connection_received)))
        return 0;
    return !is_none(AT(c, connection_tls)) || !memchr(PyBytes_AS_STRING(always.FIRST_BYTES), PyBytes_AS_STRING(data)[0],
                                                      (size_t)PyBytes_GET_SIZE(always.FIRST_BYTES));
}

/* What has come: the bytes, what the log holds of them, when, and how many events there were right behind theirs. */
typedef struct {
    PyObject *data, *kept, *token;
    double moment;
    Py_ssize_t count;
} Chunk;

static int write_secret(PyObject *secured, PyObject *data);

static int write_to(PyObject *transport, PyObject *data)
{
    if (Py_IS_TYPE(transport, &TransportType))
        return send_bytes((Transport *)transport, data) < 0 ? FAILED : DONE;
    int way = Py_IS_TYPE(transport, classes.secured) ? write_secret(transport, data) : LONG_WAY;
    return way != LONG_WAY ? way : do_call(transport, words.write, data);
}

/* What the log is told of bytes of which it keeps this. */
static PyObject *row_of_bytes(PyObject *c, PyObject *data, PyObject *kept)
{
    PyObject *origin = AT(c, connection_origin);
    if (PyBytes_GET_SIZE(kept) == PyBytes_GET_SIZE(data))
        return Py_NewRef(origin);
    PyObject *size = PyLong_FromSsize_t(PyBytes_GET_SIZE(data));
    PyObject *row = size ? PyTuple_Pack(4, origin, words.nothing, always.NOTHING, size) : NULL;
    Py_XDECREF(size);
    if (row)
        PyObject_GC_UnTrack(row); /* nothing in it leads back to it: the collector need not look */
    return row;
}

/* Log the synchronous reply to a chunk, with its time where nothing came between, and hand it over. */
static int reply(PyObject *c, PyObject *log, PyObject *data, Chunk *chunk)
{
    int outcome = add_to(&AT(c, connection_sent), PyBytes_GET_SIZE(data));
    if (outcome < 0)
        return FAILED;
    if (count_of(log) == chunk->count && is_whole(log, data)) {
        outcome = log_put(log, codes.bytes_sent, Py_NewRef(AT(c, connection_origin)), Py_NewRef(data), chunk->moment);
    } else {
        PyObject *payload = is_whole(log, data)   ? Py_NewRef(data)
                            : data == chunk->data ? Py_NewRef(chunk->kept)
                                                  : beginning_of(log, data);
        PyObject *row = payload ? row_of_bytes(c, data, payload) : NULL;
        if (!row || make_room(log) < 0) {
            Py_XDECREF(row);
            Py_XDECREF(payload);
            return FAILED;
        }
        outcome = log_put(log, codes.bytes_sent, row, payload, now());
    }
    return outcome < 0 ? FAILED : write_to(AT(c, connection_transport), data);
}

static PyObject *call_on_bytes(PyObject *c, PyObject *data)
{
    long takes = PyLong_AsLong(AT(c, connection_takes));
    PyObject *service = Py_XNewRef(AT(c, connection_service)), *caller = Py_XNewRef(AT(c, connection_caller));
    PyObject *arguments[] = {NULL, service, takes == 1 ? caller : data, takes == 1 ? data : caller};
    PyObject *result = NULL;
    if (service && caller)
        result = PyObject_VectorcallMethod(words.on_bytes, arguments + 1,
                                           (takes ? 3 : 2) | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    else
        PyErr_SetString(PyExc_AttributeError, "the connection has ended");
    Py_XDECREF(service);
    Py_XDECREF(caller);
    return result;
}

/* What `on_bytes` has given; method: which deals with what is unusual. */
static int take_result(PyObject *c, PyObject *log, PyObject *result, Chunk *chunk, PyObject *method)
{
    if (PyBytes_CheckExact(result) && PyBytes_GET_SIZE(result) && AT(c, connection_ready) == Py_True)
        return reply(c, log, result, chunk);
    return is_none(result) ? DONE : do_call(c, method, result);
}

/* The handler's coroutine waits for something. */
static int wait_for(PyObject *c, PyObject *runner, PyObject *what)
{
    PyObject *result = PyObject_CallMethodObjArgs(c, words._bytes_wait, runner, what, NULL);
    Py_XDECREF(result);
    return result ? DONE : FAILED;
}

/* Call `on_bytes` with what the log has been told of already; a coroutine takes its first step. */
static int handle_bytes(PyObject *c, PyObject *log, PyObject *guard, Chunk *chunk)
{
    chunk->count = count_of(log);
    PyObject *result = call_on_bytes(c, chunk->data), *error = result ? NULL : caught();
    PyObject *coroutine = NULL, *runner = NULL;
    int outcome = end_call(guard, &error), is_over = 1;
    if (outcome > 0 && !error && PyCoro_CheckExact(result)) {
        coroutine = result;
        result = NULL;
        runner = Py_NewRef(AT(c, connection__runner));
        outcome = take_step(c, guard, runner, coroutine, chunk->token, &result, &error, &is_over);
    }
    if (outcome == LONG_WAY)
        outcome = do_call(c, words._take_result, coroutine);
    else if (outcome > 0 && error)
        outcome = tell_error(c, words._bytes_failed, error);
    else if (outcome > 0 && is_over)
        outcome = take_result(c, log, result, chunk, coroutine ? words._take_value : words._take_result);
    else if (outcome > 0)
        outcome = wait_for(c, runner, result);
    Py_XDECREF(error);
    Py_XDECREF(coroutine);
    Py_XDECREF(runner);
    Py_XDECREF(result);
    return outcome;
}

/* `Connection.data_received`. */
static int take_bytes(PyObject *c, PyObject *data)
{
    int is_first = AT(c, connection_ready) != Py_True;
    if (is_none(AT(c, connection_transport)) || (is_first && !may_be_first(c, data)))
        return LONG_WAY;
    PyObject *log = Py_NewRef(AT(c, connection_log)), *guard = Py_NewRef(AT(c, connection_guard));
    PyObject *kept = is_whole(log, data) ? Py_NewRef(data) : beginning_of(log, data);
    PyObject *what = kept ? row_of_bytes(c, data, kept) : NULL;
    Chunk chunk = {.data = data, .kept = kept, .moment = now()};
    chunk.token = what ? PyFloat_FromDouble(chunk.moment) : NULL;
    int outcome = chunk.token ? add_to(&AT(c, connection_received), PyBytes_GET_SIZE(data)) : FAILED;
    if (is_first)
        SET(c, connection_ready, Py_NewRef(Py_True));
    if (outcome > 0)
        outcome = make_room(log);
    if (outcome > 0) {
        begin_call(guard, c, chunk.token);
        outcome = log_put(log, codes.bytes_received, Py_NewRef(what), Py_NewRef(kept), chunk.moment);
        if (outcome > 0)
            outcome = handle_bytes(c, log, guard, &chunk);
        else
            SET(guard, guard_token, Py_NewRef(Py_None));
    }
    Py_XDECREF(chunk.token);
    Py_XDECREF(what);
    Py_XDECREF(kept);
    Py_DECREF(guard);
    Py_DECREF(log);
    return outcome;
}

/* Whether a connection's objects are of the classes that were learned last: modules may have been loaded again. */
static int fits(PyObject *c)
{
    return (Py_IS_TYPE(c, classes.connection) || Py_IS_TYPE(c, classes.secure)) &&
           Py_IS_TYPE(AT(c, connection_log), classes.log) && Py_IS_TYPE(AT(c, connection_guard), classes.guard) &&
           Py_IS_TYPE(AT(c, connection_origin), classes.origin);
}

/* Take a short cut in the connection's context. */
typedef int Step(PyObject *connection, PyObject *argument);

static int in_context(Transport *t, Step *step, PyObject *argument)
{
    if (t->is_known && !fits(t->protocol))
        return LONG_WAY;
    PyObject *context = Py_NewRef(t->context);
    if (PyContext_Enter(context) < 0) {
        PyErr_Clear();
        Py_DECREF(context);
        return LONG_WAY;
    }
    PyObject *c = Py_NewRef(t->protocol), *type, *value, *trace;
    int outcome = step(c, argument);
    PyErr_Fetch(&type, &value, &trace);
    PyContext_Exit(context);
    PyErr_Restore(type, value, trace);
    Py_DECREF(context);
    Py_DECREF(c);
    return outcome;
}

/* -- the beginning ------------------------------------------------------------------------------------------------- */

/* Whether a limit of a listener, a number or None, allows this. */
static int allows(PyObject *limit, Py_ssize_t least)
{
    return is_none(limit) || (PyLong_Check(limit) && PyLong_AsSsize_t(limit) >= least);
}

/* What `Reactor.listen` was given for a door, in a tuple, and what is found by it. */
enum { FACTORY, PATTERN, NUMBERS, LOCAL, LISTENER, THREAD, DOOR };

/* `Attachment.name`: a new reference. */
static PyObject *name_of(PyObject *listener)
{
    PyObject *given = AT(listener, listener__name), *variable = AT(listener, listener_variable);
    PyObject *name = given && PyUnicode_CheckExact(given) && PyUnicode_GET_LENGTH(given) ? given : variable;
    if (name && PyUnicode_CheckExact(name) && PyUnicode_GET_LENGTH(name))
        return Py_NewRef(name);
    return PyObject_GetAttr(listener, words.name);
}

/* Whether there is memory for one more connection, as far as its thread knows. */
static int is_memory_there(PyObject *thread)
{
    PyObject *memory = PyObject_GetAttr(thread, words.memory);
    int is_there = memory && Py_IS_TYPE(memory, classes.memory) && AT(memory, memory_is_short) == Py_False;
    Py_XDECREF(memory);
    return is_there;
}

/* Whether `Acceptance.admit` says yes, and there is an object that greets: borrowed. */
static PyObject *host_of_door(PyObject *door)
{
    PyObject *listener = PyTuple_GET_ITEM(door, LISTENER);
    if (!Py_IS_TYPE(listener, classes.listener))
        return NULL;
    PyObject *limits = AT(listener, listener_limits), *connections = AT(listener, listener_connections);
    PyObject *greeting = AT(listener, listener_greeting), *doors = AT(listener, listener_doors);
    PyObject *attached = AT(listener, listener__attached);
    if (!limits || !Py_IS_TYPE(limits, classes.limits) || !connections || !PyDict_CheckExact(connections) ||
        !greeting || !PyDict_CheckExact(greeting) || PyDict_GET_SIZE(greeting) || !doors ||
        !Py_IS_TYPE(doors, classes.doors) || !attached || !Py_IS_TYPE(attached, classes.attached))
        return NULL;
    PyObject *masters = AT(doors, doors_masters), *service = AT(attached, attached_object);
    return masters && PyList_CheckExact(masters) && PyList_GET_SIZE(masters) && service && !is_none(service) &&
                   allows(AT(limits, limits_max_connections), PyDict_GET_SIZE(connections) + 1) &&
                   allows(AT(limits, limits_max_unsent), HIGH) &&
                   AT(listener, listener_is_stopping) == Py_False &&
                   is_memory_there(PyTuple_GET_ITEM(door, THREAD))
               ? service
               : NULL;
}

/* A door; local: the address that it is bound to. There are no short cuts without a pattern, or where it is not of the
   class that was learned: modules may have been loaded again. */
static PyObject *make_door(PyObject *factory, PyObject *pattern, PyObject *numbers, PyObject *local)
{
    if (!has_learned || !Py_IS_TYPE(pattern, classes.connection))
        return PyTuple_Pack(DOOR, factory, Py_None, numbers, local, Py_None, Py_None);
    if (!PyIter_Check(numbers))
        return PyErr_Format(PyExc_TypeError, "an iterator of numbers is wanted, not %s", Py_TYPE(numbers)->tp_name);
    PyObject *listener = AT(pattern, connection_listener);
    PyObject *run = PyObject_GetAttr(listener, words.run);
    PyObject *thread = run ? PyObject_GetAttr(run, words.owner) : NULL;
    PyObject *door = thread ? PyTuple_Pack(DOOR, factory, pattern, numbers, local, listener, thread) : NULL;
    Py_XDECREF(run);
    Py_XDECREF(thread);
    return door;
}

/* Another object with the same variables. */
static PyObject *copy_of(PyObject *pattern)
{
    PyTypeObject *type = Py_TYPE(pattern);
    PyObject *copy = type->tp_alloc(type, 0);
    for (Py_ssize_t place = sizeof(PyObject); copy && place < type->tp_basicsize; place += sizeof(PyObject *))
        if (place != type->tp_weaklistoffset)
            *(PyObject **)((char *)copy + place) = Py_XNewRef(*(PyObject **)((char *)pattern + place));
    return copy;
}

/* The origin of another connection; its host is one text for all connections of a host. */
static PyObject *origin_of(PyObject *pattern, Transport *t, PyObject *name, PyObject *number)
{
    PyObject *origin = copy_of(pattern);
    if (!origin)
        return NULL;
    PyObject_GC_UnTrack(origin); /* nothing in it leads back to it */
    PyObject *host = Py_NewRef(PyTuple_GET_ITEM(t->peername, 0));
    PyUnicode_InternInPlace(&host);
    SET(origin, origin_listener, Py_NewRef(name));
    SET(origin, origin_connection, Py_NewRef(number));
    SET(origin, origin_host, host);
    SET(origin, origin_port, Py_NewRef(PyTuple_GET_ITEM(t->peername, 1)));
    return origin;
}

/* The address that a socket is bound to, (host, port); None where it takes any. */
static PyObject *here(int fd)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &size) < 0)
        Py_RETURN_NONE;
    if (name.ss_family == AF_INET6 ? IN6_IS_ADDR_UNSPECIFIED(&((struct sockaddr_in6 *)&name)->sin6_addr)
        : name.ss_family != AF_INET || ((struct sockaddr_in *)&name)->sin_addr.s_addr == htonl(INADDR_ANY))
        Py_RETURN_NONE;
    PyObject *whole = address(&name);
    PyObject *pair = whole ? PyTuple_GetSlice(whole, 0, 2) : NULL;
    Py_XDECREF(whole);
    return pair;
}

/* A connection as `Connection(listener, origin)` makes it, with its transport. */
static PyObject *make_connection(Transport *t, PyObject *door, PyObject *name, PyObject *number)
{
    PyObject *pattern = PyTuple_GET_ITEM(door, PATTERN), *c = copy_of(pattern);
    PyObject *origin = c ? origin_of(AT(pattern, connection_origin), t, name, number) : NULL;
    PyObject *opened = origin ? PyFloat_FromDouble(now()) : NULL;
    PyObject *caller = opened ? classes.caller->tp_alloc(classes.caller, 0) : NULL;
    if (!caller) {
        Py_XDECREF(c);
        Py_XDECREF(origin);
        Py_XDECREF(opened);
        return NULL;
    }
    AT(caller, caller__connection) = Py_NewRef(c);
    SET(c, connection_origin, origin);
    SET(c, connection_opened, opened);
    SET(c, connection_caller, caller);
    SET(c, connection_transport, Py_NewRef((PyObject *)t));
    SET(c, connection__local, Py_NewRef(PyTuple_GET_ITEM(door, LOCAL)));
    return c;
}

/* Whether the listener stops; one of another class may. */
static int is_stopping(PyObject *c)
{
    PyObject *listener = AT(c, connection_listener);
    return !Py_IS_TYPE(listener, classes.listener) || AT(listener, listener_is_stopping) != Py_False;
}

/* `Turns._greeted` for an ordinary service without framing. */
static int serve(PyObject *c, PyObject *service)
{
    PyTypeObject *type = Py_TYPE(service);
    if (!PyType_IsSubtype(type, classes.service) || (type->tp_as_async && type->tp_as_async->am_await))
        return LONG_WAY;
    PyObject *plan = PyDict_GetItemWithError(type->tp_dict, always.PLAN);
    if (!plan || !Py_IS_TYPE(plan, classes.plan) || !is_none(AT(plan, plan_framing)) || !waits_for_nothing(c) ||
        AT(c, connection_state) != always.GREETING || AT(c, connection__reading) != Py_True || is_stopping(c))
        return PyErr_Occurred() ? FAILED : LONG_WAY;
    SET(c, connection_plan, Py_NewRef(plan));
    SET(c, connection_takes, Py_NewRef(AT(plan, plan_takes)));
    SET(c, connection_service, Py_NewRef(service));
    SET(c, connection_state, Py_NewRef(always.OPEN));
    return DONE;
}

/* Call `on_connect` and do what it says; what it makes meanwhile belongs to the connection. */
static int ask_service(PyObject *c, PyObject *service)
{
    PyObject *guard = AT(c, connection_guard), *error = NULL;
    PyObject *token = PyContextVar_Set(always.OWNER, c);
    if (!token)
        return FAILED;
    Py_INCREF(guard);
    PyObject *caller = Py_NewRef(AT(c, connection_caller)); /* it was made a moment ago */
    begin_call(guard, c, AT(c, connection_opened));
    PyObject *result = PyObject_CallMethodOneArg(service, words.on_connect, caller);
    Py_DECREF(caller);
    if (!result)
        error = caught();
    int outcome = end_call(guard, &error);
    if (outcome > 0)
        outcome = error ? LONG_WAY : serve(c, result);
    if (outcome == LONG_WAY)
        outcome = error ? tell_error(c, words._connect_failed, error) : do_call(c, words._connect_returned, result);
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    if (PyContextVar_Reset(always.OWNER, token) < 0)
        PyErr_WriteUnraisable(always.OWNER);
    PyErr_Restore(type, value, trace);
    Py_XDECREF(error);
    Py_XDECREF(result);
    Py_DECREF(token);
    Py_DECREF(guard);
    return outcome;
}

/* Whether the loop was given up meanwhile: its handler was stuck, and others were accepted in the same round. */
static int is_given_up(PyObject *door)
{
    PyObject *pattern = PyTuple_GET_ITEM(door, PATTERN);
    return !is_none(pattern) && fits(pattern) && AT(AT(pattern, connection_guard), guard_dead) == Py_True;
}

/* `Acceptance._accept_plain` and `Connection.connection_made`; door: what `Reactor.listen` was given. */
static int take_connection(Transport *t, PyObject *door)
{
    PyObject *pattern = PyTuple_GET_ITEM(door, PATTERN), *listener = PyTuple_GET_ITEM(door, LISTENER);
    PyObject *service = is_none(pattern) || !fits(pattern) || !PyTuple_Check(t->peername) ? NULL : host_of_door(door);
    if (!service) {
        PyErr_Clear(); /* the long way says it */
        return LONG_WAY;
    }
    Py_INCREF(service);
    PyObject *log = Py_NewRef(AT(pattern, connection_log)), *connections = Py_NewRef(AT(listener, listener_connections));
    PyObject *name = name_of(listener), *number = name ? PyIter_Next(PyTuple_GET_ITEM(door, NUMBERS)) : NULL;
    if (!number && !PyErr_Occurred())
        PyErr_SetString(PyExc_StopIteration, "the connections' numbers have run out");
    PyObject *c = number ? make_connection(t, door, name, number) : NULL;
    int outcome = FAILED;
    if (c) {
        t->protocol = Py_NewRef(c);
        t->is_known = 1;
        int is_well = log_event(log, codes.connected, Py_NewRef(AT(c, connection_origin)),
                                PyFloat_AS_DOUBLE(AT(c, connection_opened))) > 0 &&
                      add_to(&AT(log, log__connections), 1) > 0 &&
                      (PyDict_GET_SIZE(connections) || do_call(log, words.count, listener) > 0) &&
                      PyDict_SetItem(connections, number, c) == 0;
        if (is_well)
            outcome = in_context(t, ask_service, service);
        if (outcome == LONG_WAY) {
            PyErr_SetString(PyExc_RuntimeError, "the classes were loaded again while a connection was made");
            outcome = FAILED;
        }
        Py_DECREF(c);
    }
    Py_XDECREF(number);
    Py_XDECREF(name);
    Py_DECREF(connections);
    Py_DECREF(service);
    Py_DECREF(log);
    return outcome;
}

/* -- the end ------------------------------------------------------------------------------------------------------- */

/* `Connection.eof_received`: what came before is handled, so it closes. */
static int take_end(PyObject *c, PyObject *transport)
{
    PyObject *log = AT(c, connection_log);
    if (AT(c, connection_state) != always.OPEN || !waits_for_nothing(c) || !is_none(AT(c, connection_tls)) ||
        !is_transport_of((Transport *)transport, c) ||
        AT(AT(c, connection_guard), guard_dead) != Py_False)
        return LONG_WAY;
    if (log_event(log, codes.end_of_stream, Py_NewRef(AT(c, connection_origin)), now()) < 0)
        return FAILED;
    if (AT(c, connection_state) != always.OPEN)
        return DONE; /* its loop was given up meanwhile, and it has ended elsewhere */
    if (PyUnicode_GET_LENGTH(AT(c, connection_reason)) == 0)
        SET(c, connection_reason, Py_NewRef(words.peer));
    SET(c, connection_ready, Py_NewRef(Py_False));
    SET(c, connection_state, Py_NewRef(always.CLOSING));
    return shut((Transport *)transport) < 0 ? FAILED : DONE;
}

/* `Channel._log_closed`. */
static int log_closed(PyObject *c)
{
    PyObject *origin = AT(c, connection_origin);
    double moment = now();
    PyObject *seconds = PyFloat_FromDouble(moment - PyFloat_AsDouble(AT(c, connection_opened)));
    if (!seconds)
        return FAILED;
    SET(origin, origin_reason, Py_NewRef(AT(c, connection_reason)));
    SET(origin, origin_received, Py_NewRef(AT(c, connection_received)));
    SET(origin, origin_sent, Py_NewRef(AT(c, connection_sent)));
    SET(origin, origin_seconds, seconds);
    return log_event(AT(c, connection_log), codes.closed, Py_NewRef(origin), moment);
}

/* `Turns._finished` for a service without `on_close`. */
static int finish(PyObject *c)
{
    PyObject *log = AT(c, connection_log), *guard = AT(c, connection_guard), *listener = AT(c, connection_listener);
    PyObject *connections = Py_NewRef(AT(listener, listener_connections));
    int outcome = FAILED;
    if (PyDict_CheckExact(connections) &&
        add_to(&AT(log, log__past_received), PyLong_AsSsize_t(AT(c, connection_received))) > 0 &&
        add_to(&AT(log, log__past_sent), PyLong_AsSsize_t(AT(c, connection_sent))) > 0) {
        SET(c, connection_received, Py_NewRef(words.zero));
        SET(c, connection_sent, Py_NewRef(words.zero));
        if (PyDict_DelItem(connections, AT(AT(c, connection_origin), origin_connection)) < 0)
            PyErr_Clear();
        outcome = PyDict_GET_SIZE(connections) ? DONE : do_call(log, words.count_no_more, listener);
    }
    if (outcome < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "the connections of a listener are no dict");
    Py_DECREF(connections);
    Py_CLEAR(AT(c, connection_caller));
    SET(c, connection_service, Py_NewRef(Py_None));
    SET(c, connection__runner, Py_NewRef(Py_None));
    if (AT(guard, guard_who) == c && is_none(AT(guard, guard_token)))
        SET(guard, guard_who, Py_NewRef(Py_None));
    return outcome;
}

/* `Connection.connection_lost` for one that was closing, and did not fail. */
static int take_loss(PyObject *c, PyObject *transport)
{
    Transport *t = (Transport *)transport;
    PyObject *plan = AT(c, connection_plan);
    if (AT(c, connection_state) != always.CLOSING || t->error || !waits_for_nothing(c) || !is_transport_of(t, c) ||
        !Py_IS_TYPE(plan, classes.plan) || !Py_IS_TYPE(AT(c, connection_listener), classes.listener) ||
        !is_none(AT(c, connection__flush_future)) || !is_none(AT(c, connection__closed_future)) ||
        !is_none(AT(c, connection__unsaid)) || !is_none(AT(c, connection_clients)) || !AT(c, connection_caller) ||
        AT(AT(c, connection_guard), guard_dead) != Py_False)
        return LONG_WAY;
    if (is_none(AT(c, connection__local))) {
        PyObject *local = here(t->fd);
        if (!local)
            return FAILED;
        SET(c, connection__local, local);
    }
    SET(c, connection_state, Py_NewRef(always.CLOSED));
    SET(c, connection_ready, Py_NewRef(Py_False));
    int outcome = log_closed(c);
    SET(c, connection_transport, Py_NewRef(Py_None));
    if (outcome > 0)
        outcome = AT(plan, plan_has_close) == Py_True ? do_call(c, words._finish_in_turn, NULL) : finish(c);
    return outcome;
}

/* -- the class that has them --------------------------------------------------------------------------------------- */

static PyTypeObject QuickType;

/* `data_received` for a connection on another transport. */
static PyObject *quick_data_received(PyObject *c, PyObject *data)
{
    int way = has_learned && fits(c) && PyBytes_CheckExact(data) ? take_bytes(c, data) : LONG_WAY;
    if (way != LONG_WAY)
        return way == FAILED ? NULL : Py_NewRef(Py_None);
    PyObject *long_way = PyObject_CallFunctionObjArgs((PyObject *)&PySuper_Type, (PyObject *)&QuickType, c, NULL);
    PyObject *result = long_way ? PyObject_CallMethodOneArg(long_way, s_data_received, data) : NULL;
    Py_XDECREF(long_way);
    return result;
}

static PyMethodDef quick_methods[] = {
    {"data_received", quick_data_received, METH_O, "Bytes came: hand them to the service, now or in their turn."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject QuickType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "tcpnb.runtime._reactor.Quick",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "What a connection with short cuts is besides a Connection.",
    .tp_methods = quick_methods,
};

static Py_buffer *room_of(PyObject *c)
{
    PyObject *room = has_learned && Py_IS_TYPE(c, classes.secure) ? AT(c, secure__room) : NULL;
    if (room && PyMemoryView_Check(room) && !(((PyMemoryViewObject *)room)->flags & _Py_MEMORYVIEW_RELEASED))
        return PyMemoryView_GET_BUFFER(room);
    PyErr_SetString(PyExc_TypeError, "this connection has no room for what is decrypted");
    return NULL;
}

static PyObject *secure_get_buffer(PyObject *c, PyObject *Py_UNUSED(size_hint))
{
    return room_of(c) ? Py_NewRef(AT(c, secure__room)) : NULL;
}

/* The first bytes of the room. */
static PyObject *taken_from(const Py_buffer *room, Py_ssize_t count)
{
    if (count < 0 || count > room->len)
        return PyErr_Format(PyExc_ValueError, "%zd bytes cannot have come", count);
    return PyBytes_FromStringAndSize(room->buf, count);
}

static PyObject *secure_buffer_updated(PyObject *c, PyObject *size)
{
    Py_buffer *room = room_of(c);
    Py_ssize_t count = room ? PyLong_AsSsize_t(size) : -1;
    if (PyErr_Occurred())
        return NULL;
    PyObject *data = taken_from(room, count);
    PyObject *result = data ? quick_data_received(c, data) : NULL;
    Py_XDECREF(data);
    return result;
}

static PyMethodDef secure_methods[] = {
    {"get_buffer", secure_get_buffer, METH_O, "Where the next bytes go."},
    {"buffer_updated", secure_buffer_updated, METH_O, "So many bytes came."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject QuickSecureType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "tcpnb.runtime._reactor.QuickSecure",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "What a connection with short cuts has besides behind TLS.",
    .tp_methods = secure_methods,
};
