/* What is known of the classes in Python. A part of reactor.c.

   They stay as they are written: `learn` is told which they are, and finds out where in their objects each variable of
   `__slots__` stands. */

enum { FAILED = -1, LONG_WAY = 0, DONE = 1 };

/* The variables that are looked at, by their classes. */
#define VARIABLES(X)                                                                                                  \
    X(connection, guard) X(connection, log) X(connection, origin) X(connection, ready) X(connection, received)        \
    X(connection, sent) X(connection, service) X(connection, takes) X(connection, transport)                          \
    X(connection, listener) X(connection, opened) X(connection, reason) X(connection, state) X(connection, task)      \
    X(connection, write_paused) X(connection, caller) X(connection, clients) X(connection, plan) X(connection, tls)   \
    X(connection, _queue) X(connection, _reading) X(connection, _local)                                               \
    X(connection, _pumping) X(connection, _runner) X(connection, _decoder) X(connection, _unsaid)                     \
    X(connection, _flush_future) X(connection, _closed_future)                                                        \
    X(caller, _connection)                                                                                            \
    X(origin, connection) X(origin, listener) X(origin, host) X(origin, port) X(origin, reason) X(origin, received)   \
    X(origin, sent) X(origin, seconds)                                                                                \
    X(guard, who) X(guard, token) X(guard, firing) X(guard, dead)                                                     \
    X(log, next) X(log, checkpoint) X(log, mask) X(log, whole) X(log, payload_cap) X(log, kinds) X(log, whats)        \
    X(log, times) X(log, payloads) X(log, marks) X(log, marked) X(log, _connections) X(log, _past_received) X(log, _past_sent)\
    X(plan, takes) X(plan, has_close) X(plan, framing) X(limits, max_connections) X(limits, max_unsent)               \
    X(secure, _room) X(listener, connections) X(listener, greeting) X(listener, limits) X(listener, is_stopping)      \
    X(listener, doors) X(listener, variable) X(listener, _name) X(listener, _attached) X(attached, object)            \
    X(secured, _below) X(secured, _connection) X(secured, _error) X(secured, _incoming) X(secured, _is_closing)       \
    X(secured, _is_over) X(secured, _is_paused) X(secured, _outgoing) X(secured, _tls) X(secured, encrypted)          \
    X(doors, masters) X(memory, is_short) X(runner, coroutine) X(runner, handler) X(runner, _box) X(runner, _cancels) \
    X(runner, _context) X(runner, _driver) X(runner, _loop) X(runner, _must_cancel)

#define CLASSES(X)                                                                                                    \
    X(connection) X(caller) X(origin) X(guard) X(log) X(plan) X(limits) X(service) X(secure) X(listener) X(attached)  \
    X(doors) X(memory) X(runner) X(secured)

/* What never changes. */
#define CONSTANTS(X)                                                                                                  \
    X(OPEN) X(GREETING) X(CLOSING) X(CLOSED) X(CODES) X(NOTHING) X(FIRST_BYTES) X(OWNER) X(PLAN)                      \
    X(ENDED) X(ENTER) X(LEAVE) X(RECORD) X(AGAIN) X(TLS_ERROR)

/* Names of attributes and methods. */
#define NAMES(X)                                                                                                      \
    X(run) X(owner) X(memory) X(name) X(write) X(on_connect) X(on_bytes) X(settle) X(roll) X(count) X(count_no_more)  \
    X(_connect_returned) X(_connect_failed) X(_bytes_failed) X(_take_result) X(_finish_in_turn) X(peer)               \
    X(_take_value) X(_bytes_wait) X(_renew) X(read) X(pending) X(_read) X(_flush) X(_decrypt) X(_read_failed)         \
    X(_write_failed)

/* Kinds of events. */
#define KINDS(X) X(connected) X(bytes_received) X(bytes_sent) X(end_of_stream) X(closed)

#define PLACE(of, variable) Py_ssize_t of##_##variable;
#define OBJECT(name) PyObject *name;
#define TYPE(name) PyTypeObject *name;
#define CODE(name) unsigned char name;
static struct Places { VARIABLES(PLACE) } at;
static struct Classes { CLASSES(TYPE) } classes;
static struct Constants { CONSTANTS(OBJECT) } always;
static struct Codes { KINDS(CODE) } codes; /* the kinds' numbers in the log */
static struct { NAMES(OBJECT) PyObject *nothing, *no_bytes, *zero; } words;
static int has_learned;

#define AT(object, place) (*(PyObject **)((char *)(object) + at.place))

/* Give a variable another value, whose reference is taken. */
#define SET(object, place, value) Py_XSETREF(AT(object, place), value)

static int is_none(PyObject *value)
{
    return value == Py_None;
}

static double now(void)
{
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (double)(moment.tv_sec * 1000000000LL + moment.tv_nsec) / 1e9; /* as time.monotonic */
}

static int add_to(PyObject **variable, Py_ssize_t more)
{
    Py_ssize_t before = PyLong_AsSsize_t(*variable);
    if (before == -1 && PyErr_Occurred())
        return FAILED;
    PyObject *after = PyLong_FromSsize_t(before + more);
    if (!after)
        return FAILED;
    Py_SETREF(*variable, after);
    return DONE;
}

/* Call a method whose result says nothing. */
static int do_call(PyObject *object, PyObject *method, PyObject *argument)
{
    PyObject *result = argument ? PyObject_CallMethodOneArg(object, method, argument)
                                : PyObject_CallMethodNoArgs(object, method);
    Py_XDECREF(result);
    return result ? DONE : FAILED;
}

/* -- learning ------------------------------------------------------------------------------------------------------ */

/* Where in its objects a class has a variable of `__slots__`. */
static int find_place(PyTypeObject *type, const char *name, Py_ssize_t *place)
{
    PyObject *slot = PyObject_GetAttrString((PyObject *)type, name);
    if (!slot)
        return -1;
    PyMemberDef *member = Py_IS_TYPE(slot, &PyMemberDescr_Type) ? ((PyMemberDescrObject *)slot)->d_member : NULL;
    Py_DECREF(slot);
    if (!member || member->type != T_OBJECT_EX) {
        PyErr_Format(PyExc_TypeError, "%s.%s is no variable of __slots__", type->tp_name, name);
        return -1;
    }
    *place = member->offset;
    return 0;
}

static int find_code(PyObject *codes, const char *name, unsigned char *code)
{
    PyObject *number = PyDict_GetItemString(codes, name);
    long value = number ? PyLong_AsLong(number) : -1;
    if (value < 0 || value > 255) {
        PyErr_Format(PyExc_ValueError, "%s has no number that fits into a byte", name);
        return -1;
    }
    *code = (unsigned char)value;
    return 0;
}

static PyObject *get_known(PyObject *known, const char *name)
{
    PyObject *value = PyDict_GetItemString(known, name);
    if (!value)
        PyErr_Format(PyExc_KeyError, "%s", name);
    return Py_XNewRef(value);
}

/* All of it, or nothing: whoever goes on with what was known before is none the worse for a mistake. False where the
   variables stand elsewhere than in the classes that are in use: edited modules were loaded again. */
static PyObject *learn(PyObject *Py_UNUSED(module), PyObject *known)
{
    struct Classes new_classes = {NULL};
    struct Constants new_constants = {NULL};
    struct Codes new_codes;
    struct Places places;
    int is_well = PyDict_CheckExact(known);
    if (!is_well)
        PyErr_SetString(PyExc_TypeError, "a dict is wanted");
#define LEARN_CLASS(name)                                                                                             \
    if (is_well && !(is_well = (new_classes.name = (PyTypeObject *)get_known(known, #name)) != NULL &&                \
                               PyType_Check(new_classes.name)) && !PyErr_Occurred())                                  \
        PyErr_SetString(PyExc_TypeError, #name " is no class");
#define LEARN_CONSTANT(name) is_well = is_well && (new_constants.name = get_known(known, #name)) != NULL;
#define LEARN_PLACE(of, variable)                                                                                     \
    is_well = is_well && find_place(new_classes.of, #variable, &places.of##_##variable) == 0;
#define LEARN_WORD(name) is_well = is_well && (words.name || (words.name = PyUnicode_InternFromString(#name)));
    CLASSES(LEARN_CLASS)
    CONSTANTS(LEARN_CONSTANT)
    VARIABLES(LEARN_PLACE)
    NAMES(LEARN_WORD)
    is_well = is_well && (words.nothing || (words.nothing = PyUnicode_InternFromString(""))) &&
              (words.no_bytes || (words.no_bytes = PyBytes_FromString(""))) &&
              (words.zero || (words.zero = PyLong_FromLong(0)));
    if (is_well && (!PyBytes_CheckExact(new_constants.FIRST_BYTES) || !PyDict_CheckExact(new_constants.CODES))) {
        PyErr_SetString(PyExc_TypeError, "FIRST_BYTES must be bytes, CODES a dict");
        is_well = 0;
    }
#define LEARN_CODE(name) is_well = is_well && find_code(new_constants.CODES, #name, &new_codes.name) == 0;
    KINDS(LEARN_CODE)
#define KEEP_CLASS(name) Py_XSETREF(classes.name, new_classes.name);
#define KEEP_CONSTANT(name) Py_XSETREF(always.name, new_constants.name);
#define DROP_CLASS(name) Py_XDECREF(new_classes.name);
#define DROP_CONSTANT(name) Py_XDECREF(new_constants.name);
    int is_elsewhere = is_well && has_learned && memcmp(&at, &places, sizeof at);
    if (!is_well || is_elsewhere) {
        CLASSES(DROP_CLASS)
        CONSTANTS(DROP_CONSTANT)
        return is_well ? Py_NewRef(Py_False) : NULL;
    }
    CLASSES(KEEP_CLASS)
    CONSTANTS(KEEP_CONSTANT)
    at = places;
    codes = new_codes;
    has_learned = 1;
    Py_RETURN_TRUE;
}
