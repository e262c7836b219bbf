/* Short cuts through TLS: what `secure_transport.py` does where nothing unusual happens. A part of reactor.c.

   OpenSSL is reached through Python's `ssl`, which gives the interpreter away meanwhile: whatever is used behind such a
   call is held. */

/* `MemoryBIO.pending`: bytes in it; -1 with an exception set. */
static Py_ssize_t pending_in(PyObject *bio)
{
    PyObject *count = PyObject_GetAttr(bio, words.pending);
    Py_ssize_t pending = count ? PyLong_AsSsize_t(count) : -1;
    Py_XDECREF(count);
    return pending;
}

/* The number that a call has given; -1 with an exception set. */
static Py_ssize_t number_of(PyObject *result)
{
    Py_ssize_t number = result ? PyLong_AsSsize_t(result) : -1;
    Py_XDECREF(result);
    return number;
}

/* Tell a method of what OpenSSL has raised; anything else goes on its way. */
static int tell_tls_error(PyObject *s, PyObject *method)
{
    if (!PyErr_ExceptionMatches(always.TLS_ERROR))
        return FAILED;
    PyObject *error = caught();
    int outcome = do_call(s, method, error);
    Py_XDECREF(error);
    return outcome;
}

/* `SecureTransport.write`. */
static int write_secret(PyObject *s, PyObject *data)
{
    PyObject *below = AT(s, secured__below);
    if (AT(s, secured__is_closing) != Py_False || !is_none(AT(s, secured__error)) || !Py_IS_TYPE(below, &TransportType) ||
        ((Transport *)below)->wants_shut || ((Transport *)below)->closing || !PyBytes_CheckExact(data) || !PyBytes_GET_SIZE(data))
        return LONG_WAY;
    PyObject *tls = Py_NewRef(AT(s, secured__tls)), *outgoing = Py_NewRef(AT(s, secured__outgoing));
    Py_INCREF(below);
    Py_ssize_t count = number_of(PyObject_CallMethodOneArg(tls, words.write, data));
    int outcome = FAILED;
    if (count < 0) {
        outcome = tell_tls_error(s, words._write_failed);
    } else if (count < PyBytes_GET_SIZE(data)) {
        PyObject *rest = PyBytes_FromStringAndSize(PyBytes_AS_STRING(data) + count, PyBytes_GET_SIZE(data) - count);
        outcome = rest ? do_call(s, words.write, rest) : FAILED;
        Py_XDECREF(rest);
    } else {
        PyObject *secret = PyObject_CallMethodNoArgs(outgoing, words.read);
        if (secret && !PyBytes_CheckExact(secret))
            PyErr_SetString(PyExc_TypeError, "what is encrypted must be bytes");
        else if (secret && send_bytes((Transport *)below, secret) == 0)
            outcome = add_to(&AT(s, secured_encrypted), PyBytes_GET_SIZE(secret));
        Py_XDECREF(secret);
    }
    Py_DECREF(below);
    Py_DECREF(outgoing);
    Py_DECREF(tls);
    return outcome;
}

/* `SecureTransport._decrypt`: how many bytes are in the room; -1 with an exception set. */
static Py_ssize_t decrypt(PyObject *s, PyObject *incoming, PyObject *room)
{
    PyObject *tls = Py_NewRef(AT(s, secured__tls)), *arguments[] = {NULL, tls, always.RECORD, room};
    Py_ssize_t size = number_of(
        PyObject_VectorcallMethod(words.read, arguments + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL));
    Py_DECREF(tls);
    if (size < 0 && PyErr_ExceptionMatches(always.AGAIN)) {
        PyErr_Clear();
        return 0;
    }
    if (size < 0)
        return tell_tls_error(s, words._read_failed) < 0 ? -1 : 0;
    if (!size) {
        SET(s, secured__is_over, Py_NewRef(Py_True));
        return 0;
    }
    Py_ssize_t pending = pending_in(incoming);
    if (pending <= 0)
        return pending < 0 ? -1 : size;
    PyObject *begun = PyLong_FromSsize_t(size);
    size = begun ? number_of(PyObject_CallMethodOneArg(s, words._decrypt, begun)) : -1;
    Py_XDECREF(begun);
    return size;
}

/* What is to be done behind a chunk: to go on reading, or to send what OpenSSL has to say by itself. */
static int go_on(PyObject *s, PyObject *incoming)
{
    PyObject *outgoing = Py_NewRef(AT(s, secured__outgoing));
    Py_ssize_t pending = AT(s, secured__is_over) == Py_True ? 1 : pending_in(incoming);
    int outcome = pending < 0 ? FAILED : pending ? do_call(s, words._read, NULL) : DONE;
    if (outcome > 0) {
        pending = pending_in(outgoing);
        outcome = pending < 0 ? FAILED : pending ? do_call(s, words._flush, NULL) : DONE;
    }
    Py_DECREF(outgoing);
    return outcome;
}

/* `SecureTransport.data_received`. */
static int take_secret(PyObject *s, PyObject *data)
{
    PyObject *c = AT(s, secured__connection);
    if (AT(s, secured__is_closing) != Py_False || AT(s, secured__is_paused) != Py_False ||
        AT(s, secured__is_over) != Py_False || !Py_IS_TYPE(c, classes.secure) || !fits(c))
        return LONG_WAY;
    Py_buffer *place = room_of(c);
    if (!place || place->len < PyLong_AsSsize_t(always.RECORD)) {
        PyErr_Clear();
        return LONG_WAY;
    }
    PyObject *room = Py_NewRef(AT(c, secure__room)), *incoming = Py_NewRef(AT(s, secured__incoming));
    Py_INCREF(c);
    PyObject *written = PyObject_CallMethodOneArg(incoming, words.write, data);
    Py_ssize_t size = written ? decrypt(s, incoming, room) : -1;
    int outcome = size < 0 ? FAILED : DONE;
    if (size > 0) {
        PyObject *chunk = taken_from(place, size);
        outcome = chunk ? take_bytes(c, chunk) : FAILED;
        if (outcome == LONG_WAY)
            outcome = do_call(c, s_data_received, chunk);
        Py_XDECREF(chunk);
    }
    if (outcome > 0)
        outcome = go_on(s, incoming);
    Py_XDECREF(written);
    Py_DECREF(c);
    Py_DECREF(incoming);
    Py_DECREF(room);
    return outcome;
}

/* Whether a transport's protocol is a TLS one that was learned of. */
static int is_secret(const Transport *t)
{
    return has_learned && t->protocol && Py_IS_TYPE(t->protocol, classes.secured);
}
