/* A reactor: the TCP connections of one event loop, many of them for one take of the interpreter.

   asyncio and uvloop give each chunk of bytes a turn of its own: the interpreter is taken, a handler runs, it is given
   back. Beside a busy cell each take may cost a switch interval. Here one call of `Reactor.poll` works in four steps:

     1. without the interpreter: ask epoll what is ready, read all of it into one arena, accept who waits;
     2. with it: call the protocols, one after another; what they write is kept;
     3. without it: send what was written;
     4. with it: tell the protocols of full and drained buffers, and of connections that are gone.

   Where only a few are ready the interpreter is kept throughout: to get it back would take longer.

   epoll tells of a connection when something comes (edge-triggered): a pause costs no system call, and a loop that
   looks again finds nothing to ask. `Transport.ready` remembers that there may be more to read.

   A `Transport` keeps asyncio's promises (asyncio.Transport, asyncio.Protocol): callbacks in order, never one inside
   another of the same connection, each in the connection's own context; `connection_lost` once, and last.

   All of it runs on the loop's thread. Only that thread changes what is in here; others may look while they hold the
   interpreter. */

#define PY_SSIZE_T_CLEAN
#define _GNU_SOURCE
#include <Python.h>
#include <structmember.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    VERSION = 7,              /* of what reactor.py expects; one more with each change of it */
    EVENTS = 64,              /* what epoll tells at a time: a reply waits for the rest of its round */
    READS = 256,              /* what is read and accepted in a round */
    ITEMS = READS + EVENTS,   /* and drained connections besides */
    FEW = 8,                  /* connections for which the interpreter is kept */
    ACCEPTS = 64,             /* connections accepted of one door in a round */
    ARENA = 1 << 20,          /* bytes read in a round */
    MOST = 256 << 10,         /* bytes read of one connection in a round */
    LEAST = 64 << 10,         /* room that a read asks for; where less is left the round ends */
    HOSTS = 256,              /* peers whose addresses are kept as texts */
    PIECES = 64,              /* buffers handed to one sendmsg */
    HIGH = 64 << 10,          /* unsent bytes from which on a peer counts as not keeping up, as in asyncio */
};

#define READABLE (EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET)

typedef struct Transport Transport;

typedef struct {
    PyObject *object;         /* a Transport, or what `listen` was given for a door; NULL for a free slot */
    uint32_t generation;      /* tells the users of one descriptor number apart */
    char is_door;
    unsigned char burst;      /* of a door: how many to accept in a round; more where more have waited */
} Slot;

typedef struct {
    enum { READ, ACCEPTED, FULL, NEWS } kind;
    PyObject *object;         /* a strong reference, from the moment the interpreter is held */
    size_t start;             /* READ: where in the arena */
    ssize_t size;             /* READ: bytes, 0 at the end of the stream, -1 with an error */
    int error;
    int fd;                   /* ACCEPTED: the connection; FULL: the door */
    struct sockaddr_storage peer;
} Item;

typedef struct {
    PyObject_HEAD
    int epoll;
    PyObject *wake;           /* called with nothing: have `poll` called soon */
    PyObject *trouble;        /* called with (message, exception, transport): a callback failed */
    PyObject *full;           /* called with (door, exception): no connection can be accepted now */
    Slot *slots;
    int slot_count;
    char *arena;
    Item *items;
    size_t used;              /* bytes of the arena */
    int count, index;         /* of the items: read so far, handled so far */
    uint64_t *again;          /* connections that may have more to read: descriptor and generation, as epoll has them */
    int again_count, again_room;
    Transport **dirty;        /* connections with bytes to be sent at the end of the round; strong references */
    int dirty_count, dirty_room;
    PyObject *lost;           /* connections whose `connection_lost` is due, and those whose held bytes are */
    PyObject *resumed;
    char in_poll, woken;
} Reactor;

struct Transport {
    PyObject_HEAD
    Reactor *reactor;
    PyObject *protocol, *data_received, *context, *peername, *sock, *held, *error;
    PyObject **out, *few[2];  /* bytes objects to send: few at first, an array on the heap where there are more */
    int out_first, out_end, out_room;
    int out_spent;            /* objects before `out_first` that are sent and still referred to */
    size_t offset, unsent;    /* bytes of the first that are sent; bytes that are not */
    size_t high, low;
    int fd, family, flush_error;
    uint32_t armed;           /* what epoll is asked for; 0: it does not know the connection yet */
    char ready;               /* there may be something to read */
    char finished;            /* a read may give less than there is: an end, an error or urgent data lies behind it */
    char queued;              /* in the reactor's `again` */
    char reading, ended, closing, losing, paused, is_dirty, shut, wants_shut;
    char is_known;            /* its protocol is a connection of ours, for which there are short cuts */
};

static PyTypeObject TransportType;
static PyObject *socket_class, *shown_class;
static PyObject *s_connection_made, *s_data_received, *s_eof_received, *s_connection_lost, *s_pause_writing;
static PyObject *s_resume_writing, *s_detach, *s_join;

#include "transport.h"
#include "known.h"
#include "log.h"
#include "handlers.h"
#include "shortcuts.h"
#include "secrets.h"

/* -- step 1: without the interpreter ------------------------------------------------------------------------------- */

static void accept_some(Reactor *r, int door)
{
    Slot *slot = &r->slots[door];
    PyObject *factory = slot->object;
    int i;
    for (i = 0; i < slot->burst && r->count < READS; i++) {
        Item *item = &r->items[r->count];
        socklen_t size = sizeof item->peer;
        item->fd = accept4(door, (struct sockaddr *)&item->peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        item->object = factory;
        if (item->fd >= 0) {
            item->kind = ACCEPTED;
            r->count++;
            continue;
        }
        int is_full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        int is_shut = errno == EINVAL || errno == EBADF || errno == ENOTSOCK;
        if (is_full || is_shut) {
            item->kind = FULL;
            item->fd = door;
            item->error = errno;
            r->count++;
            return;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            break; /* anything else befell one peer that waited: the next one may be well */
    }
    slot->burst = i < slot->burst ? (i ? i : 1) : slot->burst < ACCEPTS ? 2 * slot->burst : ACCEPTS;
}

static int has_room(const Reactor *r)
{
    return ARENA - r->used >= LEAST && r->count < READS;
}

/* Read one connection. Fewer bytes than there was room for are all there were, where no end was told of. */
static void read_one(Reactor *r, Transport *t)
{
    for (;;) {
        if (!has_room(r)) {
            read_again(t);
            return;
        }
        size_t room = ARENA - r->used < MOST ? ARENA - r->used : MOST;
        ssize_t size = recv(t->fd, r->arena + r->used, room, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            t->ready = 0;
            return;
        }
        Item *item = &r->items[r->count++];
        item->kind = READ;
        item->object = (PyObject *)t;
        item->start = r->used;
        item->size = size;
        item->error = size < 0 ? errno : 0;
        if (size <= 0)
            return;
        r->used += (size + 63) & ~(size_t)63;
        if ((size_t)size == room) {
            read_again(t);
            return;
        }
        if (!t->finished) {
            t->ready = 0;
            return;
        }
    }
}

static void look_at(Reactor *r, const struct epoll_event *event)
{
    PyObject *object = look_up(r, event->data.u64);
    if (!object)
        return;
    if (r->slots[(uint32_t)event->data.u64].is_door) {
        accept_some(r, (int)(uint32_t)event->data.u64);
        return;
    }
    Transport *t = (Transport *)object;
    if (t->unsent && event->events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        flush(t);
        r->items[r->count].kind = NEWS;
        r->items[r->count++].object = object;
    }
    if (event->events & (EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLERR | EPOLLHUP))
        t->ready = 1;
    if (event->events & (EPOLLPRI | EPOLLRDHUP | EPOLLERR | EPOLLHUP))
        t->finished = 1;
    if (may_read(t))
        read_one(r, t);
}

static void gather(Reactor *r)
{
    struct epoll_event events[EVENTS];
    r->count = r->index = 0;
    r->used = 0;
    int ready = epoll_wait(r->epoll, events, EVENTS, 0), waiting = r->again_count;
    PyThreadState *state = ready + waiting >= FEW ? PyEval_SaveThread() : NULL;
    int done = 0; /* whoever finds no room now is the first in the next round */
    for (; done < waiting && has_room(r); done++) {
        Transport *t = (Transport *)look_up(r, r->again[done]);
        if (t)
            t->queued = 0;
        if (t && may_read(t))
            read_one(r, t);
    }
    if (done) {
        r->again_count -= done;
        memmove(r->again, r->again + done, r->again_count * sizeof *r->again);
    }
    for (int i = 0; i < ready; i++)
        look_at(r, &events[i]);
    if (state)
        PyEval_RestoreThread(state);
}

/* -- step 2: with it ----------------------------------------------------------------------------------------------- */

/* Whether a short cut was taken; step: NULL where there is none. */
static int short_cut(Transport *t, Step *step, PyObject *argument, const char *what, int *outcome)
{
    if (!step || !t->context)
        return 0;
    int way = in_context(t, step, argument);
    *outcome = way == FAILED ? failed(t, what) : 0;
    return way != LONG_WAY;
}

static int hand_over(Transport *t, PyObject *data)
{
    int outcome;
    Step *step = t->is_known ? take_bytes : is_secret(t) ? take_secret : NULL;
    if (short_cut(t, step, data, "protocol.data_received() failed", &outcome))
        return outcome;
    if (!t->context || !t->protocol)
        return 0;
    if (!t->data_received && !(t->data_received = PyObject_GetAttr(t->protocol, s_data_received)))
        return failed(t, "protocol.data_received is missing");
    PyObject *context = Py_NewRef(t->context), *data_received = Py_NewRef(t->data_received);
    PyObject *result = call_in(context, data_received, data);
    Py_DECREF(context);
    Py_DECREF(data_received);
    return told(t, result, "protocol.data_received() failed");
}

static int handle_read(Reactor *r, Transport *t, const Item *item)
{
    if (t->closing)
        return 0;
    if (item->size < 0)
        return lose_by(t, item->error);
    if (item->size > 0) {
        PyObject *data = PyBytes_FromStringAndSize(r->arena + item->start, item->size);
        if (!data)
            return failed(t, "no memory for what was read");
        if (!t->reading || t->held) { /* paused by another one's handler: it comes when reading goes on */
            if (t->held)
                PyBytes_ConcatAndDel(&t->held, data);
            else
                t->held = data;
            return t->held ? 0 : failed(t, "no memory for what was read");
        }
        int outcome = hand_over(t, data);
        Py_DECREF(data);
        return outcome;
    }
    if (!t->reading || t->held || t->ended)
        return 0; /* the end can be read again when reading goes on */
    t->ended = 1;
    int outcome;
    if (short_cut(t, t->is_known ? take_end : NULL, (PyObject *)t, "protocol.eof_received() failed", &outcome)) {
        if (outcome < 0)
            and_lose(t);
        return outcome;
    }
    PyObject *result = tell(t, s_eof_received, NULL);
    if (!result) {
        outcome = failed(t, "protocol.eof_received() failed");
        if (outcome < 0)
            and_lose(t);
        return outcome;
    }
    int stays = PyObject_IsTrue(result);
    Py_DECREF(result);
    if (stays < 0)
        return failed(t, "protocol.eof_received() failed");
    if (!stays && !t->closing) {
        t->closing = 1;
        t->reading = 0;
        return end_when_sent(t);
    }
    return 0;
}

static int handle_accepted(Reactor *r, PyObject *door, Item *item)
{
    if (is_given_up(door)) {
        close(item->fd);
        return 0;
    }
    Transport *t = PyObject_GC_New(Transport, &TransportType);
    if (!t) {
        close(item->fd);
        return -1;
    }
    memset((char *)t + sizeof(PyObject), 0, sizeof(Transport) - sizeof(PyObject));
    t->fd = item->fd;
    t->family = item->peer.ss_family;
    t->out = t->few;
    t->out_room = 2;
    t->high = HIGH;
    t->low = HIGH / 4;
    t->reading = 1;
    t->reactor = (Reactor *)Py_NewRef((PyObject *)r);
    PyObject_GC_Track(t);
    int outcome = -1;
    Slot *slot = take_slot(r, item->fd);
    if (slot) {
        slot->object = Py_NewRef((PyObject *)t);
        slot->is_door = 0;
        t->peername = address(&item->peer);
        t->context = PyContext_CopyCurrent();
        int way = t->peername && t->context ? take_connection(t, door) : FAILED;
        if (way == LONG_WAY)
            t->protocol = PyObject_CallNoArgs(PyTuple_GET_ITEM(door, FACTORY));
        if (!t->protocol) {
            outcome = failed(t, "no protocol could be made");
            if (outcome < 0)
                and_lose(t);
        } else if (way == LONG_WAY && t->closing) {
            transport_clear(t); /* the reactor was closed meanwhile */
            outcome = 0;
        } else {
            PyObject *result = way == LONG_WAY ? tell(t, s_connection_made, (PyObject *)t)
                               : way == DONE   ? Py_NewRef(Py_None)
                                               : NULL;
            outcome = told(t, result, "protocol.connection_made() failed");
            if (!t->closing && !t->armed && arm(t, READABLE) < 0 && !outcome)
                outcome = lose_by(t, errno);
        }
    }
    Py_DECREF(t);
    return outcome;
}

static int handle_one(Reactor *r, Item *item)
{
    if (item->kind == READ)
        return handle_read(r, (Transport *)item->object, item);
    if (item->kind == NEWS)
        return settle((Transport *)item->object);
    if (item->kind == ACCEPTED)
        return handle_accepted(r, item->object, item);
    PyObject *error = os_error(item->error);
    PyObject *result = error ? PyObject_CallFunction(r->full, "iO", item->fd, error) : NULL;
    Py_XDECREF(error);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* -- steps 3 and 4 ------------------------------------------------------------------------------------------------- */

static int tell_lost(Reactor *r)
{
    int outcome = 0;
    while (!outcome && PyList_GET_SIZE(r->lost)) {
        Transport *t = (Transport *)take_first(r->lost);
        if (!t)
            return -1;
        if (!short_cut(t, t->is_known ? take_loss : NULL, (PyObject *)t, "protocol.connection_lost() failed", &outcome)) {
            PyObject *error = Py_NewRef(t->error ? t->error : Py_None);
            outcome = told(t, tell(t, s_connection_lost, error), "protocol.connection_lost() failed");
            Py_DECREF(error);
        }
        close_socket(t);
        transport_clear(t);
        Py_DECREF(t);
    }
    return outcome;
}

static int tell_resumed(Reactor *r)
{
    int outcome = 0;
    while (!outcome && PyList_GET_SIZE(r->resumed)) {
        Transport *t = (Transport *)take_first(r->resumed);
        if (!t)
            return -1;
        if (t->reading && t->held) {
            PyObject *data = t->held;
            t->held = NULL;
            outcome = hand_over(t, data);
            Py_DECREF(data);
            if (may_read(t))
                read_again(t);
        }
        Py_DECREF(t);
    }
    return outcome;
}

static int send_all(Reactor *r)
{
    int count = r->dirty_count;
    if (!count)
        return 0;
    PyThreadState *state = count >= FEW ? PyEval_SaveThread() : NULL;
    for (int i = 0; i < count; i++)
        if (r->dirty[i]->fd >= 0 && !r->dirty[i]->losing)
            flush(r->dirty[i]);
    if (state)
        PyEval_RestoreThread(state);
    int done = 0, outcome = 0;
    for (; done < count && !outcome; done++) {
        Transport *t = r->dirty[done];
        r->dirty[done] = NULL; /* whoever looks meanwhile, as the garbage collector, finds what is still ours */
        t->is_dirty = 0;
        outcome = settle(t);
        Py_DECREF(t);
    }
    r->dirty_count -= done;
    memmove(r->dirty, r->dirty + done, r->dirty_count * sizeof *r->dirty);
    return outcome;
}

/* -- a round ------------------------------------------------------------------------------------------------------- */

/* The clock in steps of some milliseconds, which costs next to nothing. */
static long ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is left where one fails stays in place for the next call. */
static int handle_items(Reactor *r)
{
    long begun = ticks();
    while (r->index < r->count) {
        Item *item = &r->items[r->index++];
        PyObject *object = item->object;
        int outcome = handle_one(r, item);
        Py_DECREF(object);
        if (outcome < 0)
            return -1;
        if (tell_lost(r) < 0)
            return -1; /* an end is told before what came after it, as another one's beginning */
        if (r->dirty_count && ticks() != begun) { /* a slow handler: those before it get their replies now */
            if (send_all(r) < 0)
                return -1;
            begun = ticks();
        }
    }
    return 0;
}

static int round_of(Reactor *r)
{
    if (r->index == r->count) {
        gather(r);
        for (int i = 0; i < r->count; i++)
            Py_INCREF(r->items[i].object);
    }
    if (handle_items(r) < 0)
        return -1;
    while (r->dirty_count || PyList_GET_SIZE(r->lost) || PyList_GET_SIZE(r->resumed))
        if (send_all(r) < 0 || tell_lost(r) < 0 || tell_resumed(r) < 0)
            return -1;
    return 0;
}

static PyObject *reactor_poll(Reactor *r, PyObject *Py_UNUSED(nothing))
{
    r->woken = 0;
    if (r->in_poll || r->epoll < 0)
        Py_RETURN_NONE;
    r->in_poll = 1;
    int outcome = round_of(r);
    r->in_poll = 0;
    if (outcome == 0)
        return r->again_count && wake(r) < 0 ? NULL : Py_NewRef(Py_None);
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    if (wake(r) < 0) /* what is left is done when whoever catches this lets the loop go on */
        PyErr_WriteUnraisable((PyObject *)r);
    PyErr_Restore(type, value, trace);
    return NULL;
}

/* -- the reactor --------------------------------------------------------------------------------------------------- */

static PyObject *reactor_fileno(Reactor *r, PyObject *Py_UNUSED(nothing))
{
    return PyLong_FromLong(r->epoll);
}

static PyObject *reactor_listen(Reactor *r, PyObject *args)
{
    int fd, on = 1;
    PyObject *factory, *pattern = Py_None, *numbers = Py_None;
    if (!PyArg_ParseTuple(args, "iO|OO", &fd, &factory, &pattern, &numbers))
        return NULL;
    if (fd < 0 || (fd < r->slot_count && r->slots[fd].object))
        return PyErr_Format(PyExc_ValueError, "descriptor %d is none, or taken already", fd);
    PyObject *local = here(fd);
    PyObject *door = local ? make_door(factory, pattern, numbers, local) : NULL;
    Py_XDECREF(local);
    Slot *slot = door ? take_slot(r, fd) : NULL;
    if (!slot) {
        Py_XDECREF(door);
        return NULL;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* what it accepts has it too */
    struct epoll_event event = {EPOLLIN, {.u64 = (uint64_t)slot->generation << 32 | (uint32_t)fd}};
    if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        Py_DECREF(door);
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    slot->object = door;
    slot->is_door = 1;
    slot->burst = 1;
    Py_RETURN_NONE;
}

static PyObject *reactor_ignore(Reactor *r, PyObject *args)
{
    int fd;
    if (!PyArg_ParseTuple(args, "i", &fd))
        return NULL;
    if (fd >= 0 && fd < r->slot_count && r->slots[fd].object && r->slots[fd].is_door) {
        if (r->epoll >= 0)
            epoll_ctl(r->epoll, EPOLL_CTL_DEL, fd, NULL);
        Py_CLEAR(r->slots[fd].object);
    }
    Py_RETURN_NONE;
}

/* Close all connections without a word to their protocols, and epoll. */
static PyObject *reactor_close(Reactor *r, PyObject *Py_UNUSED(nothing))
{
    if (r->epoll >= 0) {
        close(r->epoll);
        r->epoll = -1;
    }
    for (int fd = 0; fd < r->slot_count; fd++) {
        PyObject *object = r->slots[fd].object;
        if (!object)
            continue;
        if (r->slots[fd].is_door) {
            Py_CLEAR(r->slots[fd].object);
        } else {
            Transport *t = (Transport *)Py_NewRef(object);
            t->closing = t->losing = 1;
            t->reading = 0;
            Py_CLEAR(t->held);
            close_socket(t);
            transport_clear(t);
            Py_DECREF(t);
        }
    }
    for (; r->index < r->count; r->index++) {
        if (r->items[r->index].kind == ACCEPTED)
            close(r->items[r->index].fd);
        Py_DECREF(r->items[r->index].object);
    }
    while (r->dirty_count && !r->in_poll) /* a round that goes on lets them go itself */
        Py_XDECREF(r->dirty[--r->dirty_count]);
    Py_RETURN_NONE;
}

static int reactor_init(Reactor *r, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"wake", "trouble", "full", NULL};
    PyObject *called, *trouble, *full;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOO", names, &called, &trouble, &full))
        return -1;
    if (r->arena) {
        PyErr_SetString(PyExc_RuntimeError, "it is made already");
        return -1;
    }
    r->wake = Py_NewRef(called);
    r->trouble = Py_NewRef(trouble);
    r->full = Py_NewRef(full);
    r->lost = PyList_New(0);
    r->resumed = PyList_New(0);
    r->arena = PyMem_RawMalloc(ARENA);
    r->items = PyMem_RawMalloc(ITEMS * sizeof(Item));
    if (!r->lost || !r->resumed || !r->arena || !r->items) {
        PyErr_NoMemory();
        return -1;
    }
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (r->epoll < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return 0;
}

static PyObject *reactor_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    Reactor *r = (Reactor *)type->tp_alloc(type, 0);
    if (r)
        r->epoll = -1;
    return (PyObject *)r;
}

static int reactor_traverse(Reactor *r, visitproc visit, void *arg)
{
    Py_VISIT(r->wake);
    Py_VISIT(r->trouble);
    Py_VISIT(r->full);
    Py_VISIT(r->lost);
    Py_VISIT(r->resumed);
    for (int fd = 0; fd < r->slot_count; fd++)
        Py_VISIT(r->slots[fd].object);
    for (int i = 0; i < r->dirty_count; i++)
        Py_VISIT(r->dirty[i]);
    return 0;
}

static int reactor_clear(Reactor *r)
{
    Py_XDECREF(reactor_close(r, NULL));
    Py_CLEAR(r->wake);
    Py_CLEAR(r->trouble);
    Py_CLEAR(r->full);
    return 0;
}

static void reactor_dealloc(Reactor *r)
{
    PyObject_GC_UnTrack(r);
    reactor_clear(r);
    Py_XDECREF(r->lost);
    Py_XDECREF(r->resumed);
    PyMem_Free(r->slots);
    PyMem_RawFree(r->dirty);
    PyMem_RawFree(r->again);
    PyMem_RawFree(r->arena);
    PyMem_RawFree(r->items);
    Py_TYPE(r)->tp_free((PyObject *)r);
}

static PyMethodDef reactor_methods[] = {
    {"fileno", (PyCFunction)reactor_fileno, METH_NOARGS, "The descriptor that is readable when `poll` has work."},
    {"poll", (PyCFunction)reactor_poll, METH_NOARGS, "Do what is to be done now; never waits."},
    {"listen", (PyCFunction)reactor_listen, METH_VARARGS, "Accept on a listening socket: (descriptor, factory)."},
    {"ignore", (PyCFunction)reactor_ignore, METH_VARARGS, "Accept on a listening socket no more: (descriptor)."},
    {"close", (PyCFunction)reactor_close, METH_NOARGS, "Close all connections without a word to their protocols."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject ReactorType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "tcpnb.runtime._reactor.Reactor",
    .tp_basicsize = sizeof(Reactor),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Reactor(wake, trouble, full): the connections of one loop.",
    .tp_new = reactor_new,
    .tp_init = (initproc)reactor_init,
    .tp_dealloc = (destructor)reactor_dealloc,
    .tp_traverse = (traverseproc)reactor_traverse,
    .tp_clear = (inquiry)reactor_clear,
    .tp_methods = reactor_methods,
};

/* Bytes of real memory that this process has; 0 where the system does not tell. The interpreter is kept: the answer is
   there at once, and to get it back beside a busy thread takes a hundred times as long. */
static PyObject *resident(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(nothing))
{
    char text[128];
    long pages = 0;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (size > 0) {
        text[size] = 0;
        if (sscanf(text, "%*s %ld", &pages) != 1)
            pages = 0;
    }
    return PyLong_FromLongLong((long long)pages * sysconf(_SC_PAGESIZE));
}

static PyMethodDef functions[] = {
    {"resident", resident, METH_NOARGS, "Bytes of real memory that this process has; 0 where the system is silent."},
    {"learn", learn, METH_O, "Learn the classes and constants of a connection's life: a dict of them by name."},
    {"overwrite", overwrite, METH_VARARGS, "Put a value into a part of a list: (list, start, end, value)."},
    {"total_size", total_size, METH_VARARGS, "The bytes of a part of a list of payloads: (list, start, end)."},
    {"pick", pick, METH_VARARGS, "The marked events of some kinds: (whats, marks, (start, end), mask, kinds)."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "tcpnb.runtime._reactor",
    .m_doc = "TCP connections, many for one take of the interpreter.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__reactor(void)
{
    if (PyType_Ready(&TransportType) < 0 || PyType_Ready(&ReactorType) < 0 || PyType_Ready(&QuickType) < 0 ||
        PyType_Ready(&QuickSecureType) < 0 || find_arrays() < 0)
        return NULL;
    PyObject *sockets = PyImport_ImportModule("socket");
    socket_class = sockets ? PyObject_GetAttrString(sockets, "socket") : NULL;
    Py_XDECREF(sockets);
    sockets = PyImport_ImportModule("asyncio.trsock"); /* a socket to look at: it cannot be closed behind our back */
    shown_class = sockets ? PyObject_GetAttrString(sockets, "TransportSocket") : NULL;
    Py_XDECREF(sockets);
    s_connection_made = PyUnicode_InternFromString("connection_made");
    s_data_received = PyUnicode_InternFromString("data_received");
    s_eof_received = PyUnicode_InternFromString("eof_received");
    s_connection_lost = PyUnicode_InternFromString("connection_lost");
    s_pause_writing = PyUnicode_InternFromString("pause_writing");
    s_resume_writing = PyUnicode_InternFromString("resume_writing");
    s_detach = PyUnicode_InternFromString("detach");
    s_join = PyUnicode_InternFromString("join");
    PyObject *made = socket_class && shown_class && s_join ? PyModule_Create(&module) : NULL;
    PyObject *names = made ? Py_BuildValue("(ssssssssss)", "VERSION", "Quick", "QuickSecure", "Reactor", "Transport",
                                          "learn", "overwrite", "pick", "resident", "total_size") : NULL;
    if (made && (!names || PyModule_AddObjectRef(made, "__all__", names) < 0))
        Py_CLEAR(made);
    Py_XDECREF(names);
    if (made && PyModule_AddIntConstant(made, "VERSION", VERSION) < 0)
        Py_CLEAR(made);
    if (made && PyModule_AddObjectRef(made, "Reactor", (PyObject *)&ReactorType) < 0)
        Py_CLEAR(made);
    if (made && PyModule_AddObjectRef(made, "Quick", (PyObject *)&QuickType) < 0)
        Py_CLEAR(made);
    if (made && PyModule_AddObjectRef(made, "QuickSecure", (PyObject *)&QuickSecureType) < 0)
        Py_CLEAR(made);
    if (made && PyModule_AddObjectRef(made, "Transport", (PyObject *)&TransportType) < 0)
        Py_CLEAR(made);
    return made;
}
