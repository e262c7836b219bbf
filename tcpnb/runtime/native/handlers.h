/* Calls of handlers: under the guard (watchdog.py), and a coroutine's first step (task.py). A part of reactor.c. */

static void begin_call(PyObject *guard, PyObject *connection, PyObject *moment)
{
    SET(guard, guard_who, Py_NewRef(connection));
    SET(guard, guard_token, Py_NewRef(moment));
}

/* What was raised, with its traceback. */
static PyObject *caught(void)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace)
        PyException_SetTraceback(value, trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    return value;
}

/* `Guard.end_call`. A shot may land as `settle` begins: it is off then, and becomes what the handler has raised. Fails
   with nothing but what ends this thread's work. */
static int end_call(PyObject *guard, PyObject **error)
{
    SET(guard, guard_token, Py_NewRef(Py_None));
    if (AT(guard, guard_firing) == Py_False || do_call(guard, words.settle, NULL) > 0)
        return DONE;
    PyObject *landed = caught();
    if (do_call(guard, words.settle, NULL) < 0) {
        Py_XDECREF(landed);
        return FAILED;
    }
    Py_XSETREF(*error, landed);
    return DONE;
}

/* Tell a method of an exception, as from within the `except` that caught it. */
static int tell_error(PyObject *connection, PyObject *method, PyObject *error)
{
    PyObject *before = PyErr_GetHandledException();
    PyErr_SetHandledException(error);
    int outcome = do_call(connection, method, error);
    PyErr_SetHandledException(before);
    Py_XDECREF(before);
    return outcome;
}

/* -- a coroutine --------------------------------------------------------------------------------------------------- */

/* Tell asyncio that a task begins or ends a step. */
static int tell_asyncio(PyObject *what, PyObject *runner)
{
    PyObject *arguments[] = {NULL, AT(runner, runner__loop), runner};
    PyObject *result = PyObject_Vectorcall(what, arguments + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    Py_XDECREF(result);
    return result ? DONE : FAILED;
}

/* Whether the connection has a task that rests, as between two handlers. */
static int may_step(PyObject *runner)
{
    return Py_IS_TYPE(runner, classes.runner) && is_none(AT(runner, runner_coroutine)) &&
           PyGen_CheckExact(AT(runner, runner__driver)) && PyContext_CheckExact(AT(runner, runner__context)) &&
           PyList_CheckExact(AT(runner, runner__box)) && PyList_GET_SIZE(AT(runner, runner__box)) == 1;
}

/* The step itself, in the task's context; what was yielded, or what was raised. */
static PyObject *send_to_driver(PyObject *runner, PyObject *coroutine, PyObject **error)
{
    PyObject *yielded = NULL, *driver = Py_NewRef(AT(runner, runner__driver));
    if (PyIter_Send(driver, coroutine, &yielded) != PYGEN_NEXT) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_RuntimeError, "what drives the handlers has ended");
        Py_CLEAR(yielded);
        *error = caught();
    }
    Py_DECREF(driver);
    return yielded;
}

/* Begin a step: the task is the current one, in its context. */
static int enter(PyObject *runner, PyObject *context)
{
    if (tell_asyncio(always.ENTER, runner) < 0)
        return FAILED;
    if (PyContext_Enter(context) == 0)
        return DONE;
    PyErr_Clear();
    tell_asyncio(always.LEAVE, runner);
    return FAILED;
}

static int leave(PyObject *runner, PyObject *context)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    int is_well = PyContext_Exit(context) == 0 && tell_asyncio(always.LEAVE, runner) > 0;
    if (!is_well && type)
        PyErr_WriteUnraisable(runner);
    if (type)
        PyErr_Restore(type, value, trace);
    return is_well && !type ? DONE : FAILED;
}

/* `HandlerTask.begin`; result: what the coroutine has returned, or what it waits for where it is not over; error: what
   it has raised. LONG_WAY where nothing was done. */
static int take_step(PyObject *c, PyObject *guard, PyObject *runner, PyObject *coroutine, PyObject *token,
                     PyObject **result, PyObject **error, int *is_over)
{
    if (!may_step(runner))
        return LONG_WAY;
    PyObject *context = Py_NewRef(AT(runner, runner__context)), *box = Py_NewRef(AT(runner, runner__box));
    int outcome = LONG_WAY;
    if (enter(runner, context) < 0) {
        PyErr_Clear(); /* another task is at it: the long way steps aside for it */
    } else {
        SET(runner, runner_coroutine, Py_NewRef(coroutine));
        SET(runner, runner_handler, Py_NewRef(words.on_bytes));
        SET(runner, runner__cancels, Py_NewRef(words.zero));
        SET(runner, runner__must_cancel, Py_NewRef(Py_False));
        begin_call(guard, c, token);
        *result = send_to_driver(runner, coroutine, error);
        outcome = end_call(guard, error);
        if (leave(runner, context) < 0)
            outcome = FAILED;
        if (outcome > 0 && *error)
            outcome = do_call(runner, words._renew, NULL);
        *is_over = *error || *result == always.ENDED;
        if (*is_over)
            SET(runner, runner_coroutine, Py_NewRef(Py_None));
        if (*result == always.ENDED) {
            Py_SETREF(*result, PyList_GET_ITEM(box, 0));
            PyList_SET_ITEM(box, 0, Py_NewRef(Py_None));
        }
    }
    Py_DECREF(box);
    Py_DECREF(context);
    return outcome;
}
