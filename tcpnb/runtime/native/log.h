/* The log's rows: how `EventLog` puts them, and blocks of them (see log.py and blocks.py). A part of reactor.c. */

enum { AHEAD = 8 };           /* how many rows before its turn an old one is fetched */

/* -- arrays -------------------------------------------------------------------------------------------------------- */

/* `array.array`, as far as it is known: where its numbers are. `find_arrays` makes sure of it. */
typedef struct {
    PyObject_VAR_HEAD
    char *numbers;
} Array;

static PyTypeObject *array_type;

#define DOUBLES(array) ((double *)((Array *)(array))->numbers)
#define INTEGERS(array) ((long long *)((Array *)(array))->numbers)
#define BYTES(array) ((unsigned char *)PyByteArray_AS_STRING(array))

/* Learn the class, and that its objects look as expected; NULL of the class otherwise. */
static int find_arrays(void)
{
    PyObject *module = PyImport_ImportModule("array");
    PyObject *type = module ? PyObject_GetAttrString(module, "array") : NULL;
    PyObject *sample = type ? PyObject_CallFunction(type, "s[dd]", "d", 1.0, 2.0) : NULL;
    Py_buffer buffer;
    int is_known = sample && PyObject_GetBuffer(sample, &buffer, PyBUF_SIMPLE) == 0;
    if (is_known) {
        is_known = Py_SIZE(sample) == 2 && (char *)buffer.buf == ((Array *)sample)->numbers;
        PyBuffer_Release(&buffer);
        if (!is_known)
            PyErr_SetString(PyExc_ImportError, "arrays of this Python are not as expected");
    }
    Py_XDECREF(module);
    Py_XDECREF(sample);
    if (!is_known) {
        Py_XDECREF(type);
        return -1;
    }
    array_type = (PyTypeObject *)type;
    return 0;
}

/* -- the log ------------------------------------------------------------------------------------------------------- */

/* See to it that its lists have room for one event more. It may run Python. */
static int make_room(PyObject *log)
{
    Py_ssize_t next = PyLong_AsSsize_t(AT(log, log_next)), checkpoint = PyLong_AsSsize_t(AT(log, log_checkpoint));
    if (PyErr_Occurred())
        return FAILED;
    return next >= checkpoint ? do_call(log, words.roll, NULL) : DONE;
}

/* What falls out of the ring has long left the processor's caches: have it fetched while others are seen to. */
static void fetch_ahead(PyObject *list, Py_ssize_t i)
{
    if (i + AHEAD < PyList_GET_SIZE(list))
        __builtin_prefetch(PyList_GET_ITEM(list, i + AHEAD), 1);
}

/* The same for what an origin refers to: with a connection's last row it goes, too. */
static void fetch_parts(PyObject *kinds, PyObject *whats, Py_ssize_t i)
{
    if (i >= PyList_GET_SIZE(whats) || i >= PyByteArray_GET_SIZE(kinds) || BYTES(kinds)[i] != codes.closed)
        return;
    PyObject *origin = PyList_GET_ITEM(whats, i);
    if (!Py_IS_TYPE(origin, classes.origin))
        return;
    __builtin_prefetch(AT(origin, origin_connection), 1);
    __builtin_prefetch(AT(origin, origin_port), 1);
    __builtin_prefetch(AT(origin, origin_seconds), 1);
}

/* `overwrite`, `total_size` and `pick` of blocks.py. */
static PyObject *overwrite(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *list, *value;
    Py_ssize_t start, end;
    if (!PyArg_ParseTuple(args, "O!nnO", &PyList_Type, &list, &start, &end, &value))
        return NULL;
    for (Py_ssize_t i = start < 0 ? 0 : start; i < end && i < PyList_GET_SIZE(list); i++) {
        fetch_ahead(list, i);
        PyObject *before = PyList_GET_ITEM(list, i);
        PyList_SET_ITEM(list, i, Py_NewRef(value));
        Py_DECREF(before);
    }
    Py_RETURN_NONE;
}

static PyObject *total_size(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *list;
    Py_ssize_t start, end, size = 0;
    if (!PyArg_ParseTuple(args, "O!nn", &PyList_Type, &list, &start, &end))
        return NULL;
    for (Py_ssize_t i = start < 0 ? 0 : start; i < end && i < PyList_GET_SIZE(list); i++) {
        Py_ssize_t more = PyObject_Size(PyList_GET_ITEM(list, i));
        if (more < 0)
            return NULL;
        size += more;
    }
    return PyLong_FromSsize_t(size);
}

static PyObject *pick(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *kinds, *marks, *wanted;
    Py_ssize_t start, end, mask;
    if (!PyArg_ParseTuple(args, "O!O!(nn)nS", &PyByteArray_Type, &kinds, array_type, &marks, &start, &end, &mask, &wanted))
        return NULL;
    char is_wanted[256] = {0};
    for (Py_ssize_t i = 0; i < PyBytes_GET_SIZE(wanted); i++)
        is_wanted[(unsigned char)PyBytes_AS_STRING(wanted)[i]] = 1;
    PyObject *picked = PyList_New(0);
    for (Py_ssize_t m = start; picked && m < end; m++) {
        Py_ssize_t n = (m & mask) < Py_SIZE(marks) ? INTEGERS(marks)[m & mask] : -1;
        if (n < 0 || (n & mask) >= PyByteArray_GET_SIZE(kinds) || !is_wanted[BYTES(kinds)[n & mask]])
            continue;
        PyObject *number = PyLong_FromSsize_t(n);
        if (!number || PyList_Append(picked, number) < 0)
            Py_CLEAR(picked);
        Py_XDECREF(number);
    }
    return picked;
}

static Py_ssize_t count_of(PyObject *log)
{
    return PyLong_AsSsize_t(AT(log, log_next));
}

/* Put one event into the next slot: its kind, what, the payload and when; takes what it is given. Nothing here runs
   Python before the count is stored: no other thread, no finalizer takes the same slot. */
static int log_put(PyObject *log, unsigned char kind, PyObject *what, PyObject *payload, double moment)
{
    PyObject *kinds = AT(log, log_kinds), *whats = AT(log, log_whats);
    PyObject *times = AT(log, log_times), *payloads = AT(log, log_payloads);
    Py_ssize_t n = count_of(log), i = n & PyLong_AsSsize_t(AT(log, log_mask));
    PyObject *next = PyLong_FromSsize_t(n + 1);
    if (!next || !what || !payload || !PyList_CheckExact(whats) || !PyList_CheckExact(payloads) ||
        !PyByteArray_CheckExact(kinds) || !Py_IS_TYPE(times, array_type) || i < 0 || i >= PyList_GET_SIZE(whats) ||
        i >= PyList_GET_SIZE(payloads) || i >= Py_SIZE(times) || i >= PyByteArray_GET_SIZE(kinds)) {
        Py_XDECREF(next);
        Py_XDECREF(what);
        Py_XDECREF(payload);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_RuntimeError, "the log has no slot for this event");
        return FAILED;
    }
    fetch_ahead(whats, i);
    fetch_ahead(payloads, i);
    if (i + 2 * AHEAD < PyList_GET_SIZE(whats) && i + 2 * AHEAD < PyList_GET_SIZE(payloads)) {
        __builtin_prefetch(&PyList_GET_ITEM(whats, i + 2 * AHEAD), 1);
        __builtin_prefetch(&PyList_GET_ITEM(payloads, i + 2 * AHEAD), 1);
        __builtin_prefetch(&DOUBLES(times)[i + 2 * AHEAD], 1);
    }
    fetch_parts(kinds, whats, i + 2);
    PyObject *old_what = PyList_GET_ITEM(whats, i), *old_payload = PyList_GET_ITEM(payloads, i);
    BYTES(kinds)[i] = kind;
    PyList_SET_ITEM(whats, i, what);
    PyList_SET_ITEM(payloads, i, payload);
    DOUBLES(times)[i] = moment;
    SET(log, log_next, next);
    Py_XDECREF(old_what);
    Py_XDECREF(old_payload);
    return DONE;
}

/* `EventLog.put` for an event without a payload; takes what it is given, which was made first of all: the collector may
   have run. */
static int log_event(PyObject *log, unsigned char kind, PyObject *what, double moment)
{
    if (!what || make_room(log) < 0) {
        Py_XDECREF(what);
        return FAILED;
    }
    PyObject *marks = AT(log, log_marks);
    Py_ssize_t marked = PyLong_AsSsize_t(AT(log, log_marked)), m = marked & PyLong_AsSsize_t(AT(log, log_mask));
    PyObject *one_more = PyLong_FromSsize_t(marked + 1);
    if (!one_more || m < 0 || !Py_IS_TYPE(marks, array_type) || m >= Py_SIZE(marks)) {
        Py_DECREF(what);
        Py_XDECREF(one_more);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_RuntimeError, "the log has no mark for this event");
        return FAILED;
    }
    INTEGERS(marks)[m] = count_of(log);
    SET(log, log_marked, one_more);
    return log_put(log, kind, what, Py_NewRef(words.no_bytes), moment);
}

/* What is kept of a payload that is too long to be kept whole. */
static PyObject *beginning_of(PyObject *log, PyObject *data)
{
    Py_ssize_t cap = PyLong_AsSsize_t(AT(log, log_payload_cap)), size = PyBytes_GET_SIZE(data);
    if (cap == -1 && PyErr_Occurred())
        return NULL;
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(data), cap < 0 ? 0 : cap < size ? cap : size);
}

static int is_whole(PyObject *log, PyObject *data)
{
    return PyBytes_GET_SIZE(data) <= PyLong_AsSsize_t(AT(log, log_whole));
}
