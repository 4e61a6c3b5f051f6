/* Conditions: what `Condition.wait` and `Condition.notify` call of the condition's lock, recording.

   Why here: queues, events, semaphores and futures are made of conditions, so each item of a queue
   passes here four times. Without a GIL a thread that waits for an item spins for some microseconds
   and then sleeps: what is recorded in longer than that makes both threads sleep for each item.

   How: `wait` and `notify` stay the library's own. They ask the condition for `_is_owned`,
   `_release_save` and `_acquire_restore`; a marked condition has ours there, which call the ones
   that were there before, and read what they need to know (the waiter, the time-out, how many to
   notify) from the locals of the function that called. So nothing is added to a condition that is
   not marked, and no place to give the GIL away to one that is.

   Guarantees: those of `conditions.py` and `notices.py`. A ticket is left before its waiter can
   wake; what a fork left behind of other threads' waits gets none. Memory: a mark refers to its
   condition only where a class made the lock's functions methods of it, and can then be collected. */

#include "accelerator.h"

#define FLAG_INDIRECT ((uint64_t)told_conditions.indirect << 8)
#define FLAG_TIMED_OUT ((uint64_t)told_conditions.timed_out << 8)
#define MOST_WAITED ((1 << 20) - 1)
#define TICKET_SHIFT 28
/* `threading.TIMEOUT_MAX`, in seconds: more than this is no limit. */
#define TIMEOUT_MAX_SECONDS ((double)PY_TIMEOUT_MAX / 1e6)

static atomic_ullong last_ticket;

static uint64_t new_ticket(void)
{
    return atomic_fetch_add(&last_ticket, 1) + 1;
}

/* next_ticket() -> the number of a record that may end a wait */
static PyObject *next_ticket(PyObject *module, PyObject *unused)
{
    return PyLong_FromUnsignedLongLong(new_ticket());
}

/* start_tickets_again(): a fork's child counts from 1, and forgets the waits of other threads */
static PyObject *start_tickets_again(PyObject *module, PyObject *unused)
{
    atomic_store(&last_ticket, 0);
    Py_RETURN_NONE;
}

#if PY_VERSION_HEX < 0x030E0000

/* What Python tells: the numbers of `Kind`, `Flag` and `Deed`, and the code of the library. */
static struct {
    unsigned long notify, wait_end, indirect, timed_out, notified, broke, aborted;
    PyObject *notify_code, *wait_for_code;
    PyObject *deeds; /* name of the function that notifies -> deed, -1: go on to its caller */
    PyObject *waiter, *timeout, *gotit, *waiters, *abort;
} told_conditions;

/* What `wait` keeps while it waits, and in which its notifier leaves a ticket. No container to the
   garbage collector: to make one must not run a finaliser of the script's. */
typedef struct {
    PyObject_HEAD
    PyObject *held; /* what the lock's own function gave */
    PyObject *waiter;
    int64_t timeout;
    unsigned generation;
    atomic_ullong ticket;
} Saved;

typedef struct {
    PyObject_HEAD
    uint64_t object; /* its number, as it stands in `what` */
    uint64_t wait;   /* kind */
    long deed;       /* -1: the name of the function that notifies tells */
    int always;      /* record a notify that nobody waits for */
    PyObject *release_save, *acquire_restore, *is_owned;
    PyObject *waits; /* waiter -> Saved */
} Mark;

static PyTypeObject *saved_type;

static void saved_dealloc(PyObject *op)
{
    Saved *self = (Saved *)op;
    PyTypeObject *type = Py_TYPE(op);
    Py_XDECREF(self->held);
    Py_XDECREF(self->waiter);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyType_Slot saved_slots[] = {{Py_tp_dealloc, saved_dealloc}, {0, NULL}};

static PyType_Spec saved_spec = {
    .name = "_threadlab.Saved",
    .basicsize = sizeof(Saved),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = saved_slots,
};

/* ---- what the calling function knows */

/* The local *index* of *frame*, borrowed; NULL where it has no value now. */
static inline PyObject *local_at(Frame frame, int index)
{
    PyObject *value = frame->localsplus[index];
    return value != NULL && PyCell_Check(value) ? PyCell_GET(value) : value;
}

/* The local *name* (interned) of *frame*, borrowed; NULL where there is none. */
static PyObject *local(Frame frame, PyObject *name)
{
    PyCodeObject *code = frame_code(frame);
    for (int i = 0; i < code->co_nlocalsplus; i++) {
        if (PyTuple_GET_ITEM(code->co_localsplusnames, i) == name) {
            return local_at(frame, i);
        }
    }
    return NULL;
}

/* As `threads.timeout_value`: ns; -1: no limit; 0: a look. */
static int64_t timeout_ns(PyObject *timeout)
{
    double seconds;
    if (timeout == NULL) {
        return -1;
    }
    if (PyFloat_Check(timeout)) {
        seconds = PyFloat_AS_DOUBLE(timeout);
    }
    else if (PyLong_Check(timeout)) {
        seconds = PyLong_AsDouble(timeout);
        if (PyErr_Occurred()) { /* too large for a float */
            PyErr_Clear();
            return -1;
        }
    }
    else {
        return -1;
    }
    return seconds > TIMEOUT_MAX_SECONDS ? -1 : seconds > 0 ? (int64_t)(seconds * 1e9) : 0;
}

/* What the library's function does that calls `notify` from *frame*. */
static uint64_t deed_of(Frame frame)
{
    long deed = -1;
    while (frame != NULL && deed < 0) {
        PyObject *found = PyDict_GetItemWithError(told_conditions.deeds, frame_code(frame)->co_name);
        deed = found == NULL ? (long)told_conditions.notified : PyLong_AsLong(found);
        frame = frame_back(frame);
    }
    if (deed == (long)told_conditions.broke && frame != NULL &&
        PyUnicode_Compare(frame_code(frame)->co_name, told_conditions.abort) == 0) {
        return told_conditions.aborted;
    }
    return deed < 0 ? told_conditions.notified : (uint64_t)deed;
}

/* ---- waiting */

static PyObject *mark_release_save(PyObject *op, PyObject *unused)
{
    Mark *self = (Mark *)op;
    Frame frame = frame_now();
    PyObject *waiter = frame == NULL ? NULL : local(frame, told_conditions.waiter);
    int64_t timeout = waiter == NULL ? 0 : timeout_ns(local(frame, told_conditions.timeout));
    if (waiter == NULL || waiter == Py_None || timeout == 0) {
        return PyObject_CallNoArgs(self->release_save); /* not `wait`; or a look, and no wait */
    }
    Frame above = frame_back(frame);
    int indirect = above != NULL && (PyObject *)frame_code(above) == told_conditions.wait_for_code;
    uint32_t site = users_site();
    Saved *saved = (Saved *)saved_type->tp_alloc(saved_type, 0);
    if (saved == NULL) {
        return NULL;
    }
    saved->waiter = Py_NewRef(waiter);
    saved->timeout = timeout;
    saved->generation = generation;
    if (PyDict_SetItem(self->waits, waiter, (PyObject *)saved) < 0) {
        PyErr_Clear(); /* somebody else's waiter: nobody will find its ticket */
    }
    saved->held = PyObject_CallNoArgs(self->release_save);
    if (saved->held == NULL) {
        Py_DECREF(saved);
        return NULL;
    }
    uint64_t what = self->object | (indirect ? FLAG_INDIRECT : 0) | self->wait;
    write_record(timeout, what, site, this_thread());
    return (PyObject *)saved;
}

static PyObject *mark_acquire_restore(PyObject *op, PyObject *state)
{
    Mark *self = (Mark *)op;
    if (!Py_IS_TYPE(state, saved_type)) {
        return PyObject_CallOneArg(self->acquire_restore, state);
    }
    Saved *saved = (Saved *)state;
    uint64_t ticket = atomic_load(&saved->ticket);
    if (PyDict_DelItem(self->waits, saved->waiter) < 0) {
        PyErr_Clear();
    }
    int expired = 0;
    if (saved->timeout >= 0 && !ticket) {
        Frame frame = frame_now();
        expired = frame != NULL && local(frame, told_conditions.gotit) == Py_False;
    }
    uint64_t what = self->object | (expired ? FLAG_TIMED_OUT : 0) | told_conditions.wait_end;
    write_record((int64_t)ticket, what, users_site(), this_thread());
    return PyObject_CallOneArg(self->acquire_restore, saved->held);
}

/* ---- notifying */

static Saved *wait_of(Mark *self, PyObject *waiter)
{
    PyObject *found = NULL;
#if PY_VERSION_HEX >= 0x030D0000
    (void)PyDict_GetItemRef(self->waits, waiter, &found);
#else
    found = Py_XNewRef(PyDict_GetItemWithError(self->waits, waiter));
#endif
    return (Saved *)found;
}

/* Leave a ticket with the first *most* of *waiters*; 0 where none of them had use for one. */
static uint64_t leave_tickets(Mark *self, PyObject *waiters, Py_ssize_t most)
{
    uint64_t ticket = 0;
    for (Py_ssize_t i = 0; i < most; i++) {
        PyObject *waiter = PySequence_GetItem(waiters, i);
        Saved *saved = waiter == NULL ? NULL : wait_of(self, waiter);
        if (saved != NULL && saved->generation == generation && !atomic_load(&saved->ticket)) {
            ticket = ticket ? ticket : new_ticket();
            atomic_store(&saved->ticket, ticket);
        }
        Py_XDECREF(saved);
        Py_XDECREF(waiter);
        PyErr_Clear();
    }
    return ticket;
}

/* `notify` runs in *frame*, and goes on once it knows that the lock is owned. */
static void tell(Mark *self, Frame frame)
{
    PyObject *condition = local_at(frame, 0), *n = local_at(frame, 1);
    int overflow = 0;
    if (condition == NULL || n == NULL || !PyLong_Check(n)) {
        return;
    }
    long long most = PyLong_AsLongLongAndOverflow(n, &overflow);
    if (overflow < 0 || (!overflow && most < 0)) {
        return;
    }
    PyObject *waiters = PyObject_GetAttr(condition, told_conditions.waiters);
    Py_ssize_t waited = waiters == NULL ? -1 : PyObject_Size(waiters);
    if (waited > 0 || (waited == 0 && self->always)) {
        uint64_t deed = self->deed < 0 ? deed_of(frame_back(frame)) : (uint64_t)self->deed;
        uint64_t ticket =
            leave_tickets(self, waiters, overflow || most > waited ? waited : (Py_ssize_t)most);
        uint64_t value = ticket << TICKET_SHIFT |
                         (uint64_t)(waited < MOST_WAITED ? waited : MOST_WAITED) << 8 | deed;
        uint64_t what = self->object | told_conditions.notify;
        write_record((int64_t)value, what, users_site(), this_thread());
    }
    Py_XDECREF(waiters);
    PyErr_Clear();
}

static PyObject *mark_is_owned(PyObject *op, PyObject *unused)
{
    Mark *self = (Mark *)op;
    PyObject *owned = PyObject_CallNoArgs(self->is_owned);
    Frame frame = owned == NULL ? NULL : frame_now();
    if (frame != NULL && (PyObject *)frame_code(frame) == told_conditions.notify_code) {
        int is_owned = PyObject_IsTrue(owned);
        if (is_owned > 0) {
            tell(self, frame);
        }
        else if (is_owned < 0) {
            Py_CLEAR(owned);
        }
    }
    return owned;
}

/* ---- the type */

/* Mark(number, wait, deed, always, release_save, acquire_restore, is_owned) */
static PyObject *mark_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    unsigned long long number, wait;
    long deed;
    int always;
    PyObject *release_save, *acquire_restore, *is_owned;
    if (!PyArg_ParseTuple(args, "KKlpOOO", &number, &wait, &deed, &always, &release_save,
                          &acquire_restore, &is_owned)) {
        return NULL;
    }
    PyObject *waits = PyDict_New();
    Mark *self = waits == NULL ? NULL : (Mark *)type->tp_alloc(type, 0);
    if (self == NULL) {
        Py_XDECREF(waits);
        return NULL;
    }
    self->object = (uint64_t)number << 16;
    self->wait = wait;
    self->deed = deed;
    self->always = always;
    self->release_save = Py_NewRef(release_save);
    self->acquire_restore = Py_NewRef(acquire_restore);
    self->is_owned = Py_NewRef(is_owned);
    self->waits = waits;
    return (PyObject *)self;
}

static int mark_traverse(PyObject *op, visitproc visit, void *arg)
{
    Mark *self = (Mark *)op;
    Py_VISIT(Py_TYPE(op));
    Py_VISIT(self->release_save);
    Py_VISIT(self->acquire_restore);
    Py_VISIT(self->is_owned);
    Py_VISIT(self->waits);
    return 0;
}

static int mark_clear(PyObject *op)
{
    Mark *self = (Mark *)op;
    Py_CLEAR(self->release_save);
    Py_CLEAR(self->acquire_restore);
    Py_CLEAR(self->is_owned);
    Py_CLEAR(self->waits);
    return 0;
}

static void mark_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    mark_clear(op);
    type->tp_free(op);
    Py_DECREF(type);
}

#define MARK_METHODS                                           \
    {                                                          \
        {"_release_save", mark_release_save, METH_NOARGS, NULL},   \
        {"_acquire_restore", mark_acquire_restore, METH_O, NULL},  \
        {"_is_owned", mark_is_owned, METH_NOARGS, NULL},           \
        {NULL, NULL, 0, NULL},                                     \
    }

static PyMethodDef mark_methods[] = MARK_METHODS;
/* In place of a reentrant lock's own methods: they bear its name, and tell what those do. */
static PyMethodDef rlock_mark_methods[] = MARK_METHODS;

/* What they stand for: see `tracing.py`. */
static PyMemberDef mark_members[] = {
    {"release_save", T_OBJECT, offsetof(Mark, release_save), READONLY, NULL},
    {"acquire_restore", T_OBJECT, offsetof(Mark, acquire_restore), READONLY, NULL},
    {"is_owned", T_OBJECT, offsetof(Mark, is_owned), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot mark_slots[] = {
    {Py_tp_new, mark_new},           {Py_tp_dealloc, mark_dealloc}, {Py_tp_traverse, mark_traverse},
    {Py_tp_clear, mark_clear},       {Py_tp_methods, mark_methods}, {Py_tp_members, mark_members},
    {0, NULL},
};

static PyType_Spec mark_spec = {
    .name = "threading.Condition",
    .basicsize = sizeof(Mark),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = mark_slots,
};

static PyType_Slot rlock_mark_slots[] = {
    {Py_tp_new, mark_new},
    {Py_tp_dealloc, mark_dealloc},
    {Py_tp_traverse, mark_traverse},
    {Py_tp_clear, mark_clear},
    {Py_tp_methods, rlock_mark_methods},
    {0, NULL},
};

static PyType_Spec rlock_mark_spec = {
    .name = "_thread.RLock",
    .basicsize = sizeof(Mark),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = rlock_mark_slots,
};

/* set_up_conditions(notify, wait_for, deeds, kinds, flags, deeds by number): the code of the
   library's two functions; see `told_conditions`. */
static PyObject *set_up_conditions(PyObject *module, PyObject *args)
{
    PyObject *notify_code, *wait_for_code, *deeds;
    if (!PyArg_ParseTuple(args, "OOO!(kk)(kk)(kkk)", &notify_code, &wait_for_code, &PyDict_Type,
                          &deeds, &told_conditions.notify, &told_conditions.wait_end,
                          &told_conditions.indirect, &told_conditions.timed_out,
                          &told_conditions.notified, &told_conditions.broke,
                          &told_conditions.aborted)) {
        return NULL;
    }
    Py_XSETREF(told_conditions.notify_code, Py_NewRef(notify_code));
    Py_XSETREF(told_conditions.wait_for_code, Py_NewRef(wait_for_code));
    Py_XSETREF(told_conditions.deeds, Py_NewRef(deeds));
    Py_RETURN_NONE;
}

/* made_by_user(instance) -> whether the code that makes *instance*, whose `__init__` is running, is
   the user's: see `owner.made_by_user`. */
static PyObject *made_by_user(PyObject *module, PyObject *instance)
{
    int depth = 0, whose = OURS;
    Frame frame = frame_now();
    for (; frame != NULL; frame = frame_back(frame), depth++) {
        PyCodeObject *code = frame_code(frame);
        whose = owner_of(frame, depth);
        if (whose != OURS && !(code->co_argcount && local_at(frame, 0) == instance &&
                               PyUnicode_CompareWithASCIIString(code->co_name, "__init__") == 0)) {
            break;
        }
    }
    return PyBool_FromLong(frame != NULL && whose == USERS);
}

static int add_conditions(PyObject *module)
{
    told_conditions.waiter = PyUnicode_InternFromString("waiter");
    told_conditions.timeout = PyUnicode_InternFromString("timeout");
    told_conditions.gotit = PyUnicode_InternFromString("gotit");
    told_conditions.waiters = PyUnicode_InternFromString("_waiters");
    told_conditions.abort = PyUnicode_InternFromString("abort");
    saved_type = (PyTypeObject *)PyType_FromSpec(&saved_spec);
    if (told_conditions.abort == NULL || saved_type == NULL) {
        return -1;
    }
    if (take_docs(bare_rlock, rlock_mark_methods) < 0 || add_type(module, "Mark", &mark_spec) < 0) {
        return -1;
    }
    PyObject *base = PyObject_GetAttrString(module, "Mark");
    PyObject *type = base == NULL ? NULL : PyType_FromSpecWithBases(&rlock_mark_spec, base);
    int added = type == NULL ? -1 : PyModule_AddObjectRef(module, "RLockMark", type);
    Py_XDECREF(type);
    Py_XDECREF(base);
    return added;
}

#define CONDITION_FUNCTIONS                                         \
    {"set_up_conditions", set_up_conditions, METH_VARARGS, NULL}, \
    {"made_by_user", made_by_user, METH_O, NULL},

#else

/* The locals of a frame can only be asked for by the public calls, which was not measured:
   conditions are watched in Python there. */
#define CONDITION_FUNCTIONS

static int add_conditions(PyObject *module)
{
    return 0;
}

#endif
