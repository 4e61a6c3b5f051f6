/* Locks and reentrant locks that record, at the cost of a bare one.

   What is the same as in CPython's own `Modules/_threadmodule.c`, so that nobody can tell: a wait
   lets go of the GIL and nothing else does; a signal that arrives during a wait runs its handler,
   and the wait goes on with what is left of its time unless the handler raised; error texts
   (whatever is no plain call is given to a bare lock, to be refused in that version's own words).

   The order of records: a release before it happens, an acquisition after it, so no other
   thread's record can come between; a wait only once the lock was asked for and found taken. */

#include "accelerator.h"


typedef struct {
    PyObject_HEAD
    PyThread_type_lock lock;
    atomic_int locked;
    atomic_ulong owner; /* of a reentrant lock; 0: nobody */
    unsigned long count;
} Core;

/* A lock as somebody uses it; those that share a core are one lock. */
typedef struct {
    PyObject_HEAD
    Core *core;
    uint64_t object; /* its number, as it stands in `what`; 0: records nothing */
    int depth;       /* Python frames of a library between the user's line and the call */
    PyObject *weak;
} Lock;

static PyTypeObject *core_type;
static PyObject *bare_lock;  /* `_thread.allocate_lock`: refuses what is no plain call */
static PyObject *bare_rlock;

static void core_dealloc(PyObject *op)
{
    Core *self = (Core *)op;
    PyTypeObject *type = Py_TYPE(op);
    if (self->lock != NULL) {
        if (atomic_load(&self->locked)) {
            PyThread_release_lock(self->lock);
        }
        PyThread_free_lock(self->lock);
    }
    type->tp_free(op);
    Py_DECREF(type);
}

static PyType_Slot core_slots[] = {{Py_tp_dealloc, core_dealloc}, {0, NULL}};

static PyType_Spec core_spec = {
    .name = "_threadlab.Core",
    .basicsize = sizeof(Core),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = core_slots,
};

static Core *new_core(void)
{
    Core *core = (Core *)core_type->tp_alloc(core_type, 0);
    if (core == NULL) {
        return NULL;
    }
    core->lock = PyThread_allocate_lock();
    if (core->lock == NULL) {
        Py_DECREF(core);
        PyErr_SetString(PyExc_RuntimeError, "can't allocate lock");
        return NULL;
    }
    return core;
}

/* Whether a `PyThread_type_lock` is a POSIX semaphore, as `sys.thread_info` says. */
static int lock_is_semaphore;

/* Take the lock inside if it is free. CPython's own try asks the clock for a deadline first, even
   where there is none to wait for: that is a fifth of what taking a lock costs. */
static inline int try_core(Core *core)
{
#ifdef __linux__
    if (lock_is_semaphore) {
        int failed;
        do {
            failed = sem_trywait((sem_t *)core->lock);
        } while (failed && errno == EINTR);
        return !failed;
    }
#endif
    return PyThread_acquire_lock_timed(core->lock, 0, 0) == PY_LOCK_ACQUIRED;
}

/* From 3.14 on it is something else, and what `sys.thread_info` says of it was not tried. */
static int look_at_locks(void)
{
#if defined(__linux__) && PY_VERSION_HEX < 0x030E0000
    PyObject *info = PyThread_GetInfo();
    PyObject *kind = info == NULL ? NULL : PyObject_GetAttrString(info, "lock");
    lock_is_semaphore = kind != NULL && PyUnicode_Check(kind) &&
                        PyUnicode_CompareWithASCIIString(kind, "semaphore") == 0;
    Py_XDECREF(info);
    Py_XDECREF(kind);
    return kind == NULL ? -1 : 0;
#else
    return 0;
#endif
}

static inline void note(Lock *self, uint64_t kind, int64_t value)
{
    if (self->object) {
        uint32_t site = site_above(self->depth);
        write_record(value, self->object | kind, site, this_thread());
    }
}

/* Record once for each of *count* levels, at the user's line: it is a condition that asks. */
static void note_levels(Lock *self, uint64_t kind, unsigned long count)
{
    if (self->object) {
        uint32_t site = users_site(), thread = this_thread();
        for (unsigned long i = 0; i < count; i++) {
            write_record(0, self->object | kind, site, thread);
        }
    }
}

/* ---- taking */

#ifdef Py_GIL_DISABLED
#define MOST_SPINS 40

/* As the bare lock of a free-threaded build (`Python/lock.c`, MAX_SPIN_COUNT): what is held for
   moments only is waited for without going to sleep. */
static int spin(Core *core)
{
    for (int i = 0; i < MOST_SPINS; i++) {
#ifdef _WIN32
        SwitchToThread();
#else
        sched_yield();
#endif
        if (try_core(core)) {
            return 1;
        }
    }
    return 0;
}
#else
static int spin(Core *core)
{
    (void)core;
    return 0;
}
#endif

/* Block until the lock is ours or *microseconds* (-1: no limit) are over. */
static PyLockStatus wait_for(Core *core, PY_TIMEOUT_T microseconds, int interruptible)
{
    uint64_t end = microseconds < 0 ? 0 : now() + (uint64_t)microseconds * 1000;
    PyLockStatus status;
    int spins = 1;
    for (;;) {
        Py_BEGIN_ALLOW_THREADS
        if (spins && spin(core)) {
            status = PY_LOCK_ACQUIRED;
        }
        else {
            status = PyThread_acquire_lock_timed(core->lock, microseconds, interruptible);
        }
        spins = 0;
        Py_END_ALLOW_THREADS
        if (status != PY_LOCK_INTR) {
            return status;
        }
        if (Py_MakePendingCalls() < 0) {
            return PY_LOCK_INTR;
        }
        if (microseconds >= 0) {
            uint64_t at = now();
            if (at >= end) {
                return PY_LOCK_FAILURE;
            }
            microseconds = (PY_TIMEOUT_T)((end - at + 999) / 1000);
        }
    }
}

/* Get what is inside within *microseconds* (0: try; -1: wait; told as *ns*). 1: ours; 0: not to
   be had; -1: raised. */
static int get(Lock *self, PY_TIMEOUT_T microseconds, int64_t ns)
{
    Core *core = self->core;
    if (try_core(core)) {
        return 1;
    }
    if (microseconds == 0) {
        note(self, lock_kinds.try_failed, 0);
        return 0;
    }
    note(self, lock_kinds.wait, ns);
    PyLockStatus status = wait_for(core, microseconds, 1);
    if (status == PY_LOCK_ACQUIRED) {
        return 1;
    }
    note(self, lock_kinds.wait_failed, 0);
    return status == PY_LOCK_INTR ? -1 : 0;
}

static int take_lock(Lock *self, PY_TIMEOUT_T microseconds, int64_t ns)
{
    int taken = get(self, microseconds, ns);
    if (taken == 1) {
        atomic_store_explicit(&self->core->locked, 1, memory_order_relaxed);
        note(self, lock_kinds.acquired, 0);
    }
    return taken;
}

/* The time-out of a call in microseconds (0: try; -1: wait), and in ns as it is told; -1 when it
   is not a plain one. */
static int plain_timeout(int blocking, PyObject *timeout, PY_TIMEOUT_T *microseconds, int64_t *ns)
{
    double seconds = -1;
    if (timeout != NULL) {
        if (PyFloat_CheckExact(timeout)) {
            seconds = PyFloat_AS_DOUBLE(timeout);
        }
        else if (PyLong_CheckExact(timeout)) {
            seconds = PyLong_AsDouble(timeout);
            if (seconds == -1 && PyErr_Occurred()) {
                PyErr_Clear();
                return -1;
            }
        }
        else {
            return -1;
        }
    }
    *ns = -1;
    if (seconds == -1) {
        *microseconds = blocking ? -1 : 0;
        return 0;
    }
    /* The second limit is `threading.TIMEOUT_MAX`; in ns it is the last that a number can hold. */
    if (!blocking || !(seconds >= 0) || seconds > (double)PY_TIMEOUT_MAX / 1e6 ||
        seconds > 9223372036.0) {
        return -1;
    }
    *ns = (int64_t)(seconds * 1e9);
    double rounded = seconds * 1e6;
    *microseconds = (PY_TIMEOUT_T)rounded;
    if ((double)*microseconds < rounded) {
        *microseconds += 1; /* as CPython: never earlier than asked for */
    }
    return 0;
}

/* Read acquire(blocking=True, timeout=-1). 0: plain; 1: not plain, *refused* is what a bare lock
   made of it. */
static int read_acquire(PyObject *const *args, Py_ssize_t count, PyObject *names, PyObject *bare,
                        PY_TIMEOUT_T *microseconds, int64_t *ns, PyObject **refused)
{
    PyObject *given[2] = {NULL, NULL};
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    int is_plain = count + named <= 2;
    for (Py_ssize_t i = 0; is_plain && i < count + named; i++) {
        Py_ssize_t position = i;
        if (i >= count) {
            PyObject *name = PyTuple_GET_ITEM(names, i - count);
            position = PyUnicode_CompareWithASCIIString(name, "blocking") == 0  ? 0
                       : PyUnicode_CompareWithASCIIString(name, "timeout") == 0 ? 1
                                                                                : -1;
        }
        is_plain = position >= 0 && given[position] == NULL;
        if (is_plain) {
            given[position] = args[i];
        }
    }
    int blocking = 1;
    if (is_plain && given[0] != NULL) {
        if (PyBool_Check(given[0])) {
            blocking = given[0] == Py_True;
        }
        else if (PyLong_CheckExact(given[0])) {
            int overflow;
            blocking = PyLong_AsLongAndOverflow(given[0], &overflow) != 0;
            is_plain = !overflow;
        }
        else {
            is_plain = 0;
        }
    }
    if (is_plain && plain_timeout(blocking, given[1], microseconds, ns) == 0) {
        return 0;
    }
    /* A free bare lock either refuses, or says how the arguments are to be read: only what is
       truth or time by a method of its own (`__bool__`, `__index__`) comes to that. */
    *refused = NULL;
    PyObject *scratch = PyObject_CallNoArgs(bare);
    PyObject *acquire = scratch == NULL ? NULL : PyObject_GetAttrString(scratch, "acquire");
    if (acquire != NULL) {
        *refused = PyObject_Vectorcall(acquire, args, (size_t)count, names);
    }
    Py_XDECREF(acquire);
    Py_XDECREF(scratch);
    if (*refused != NULL) { /* the bare lock took it: read it as a bare lock does */
        Py_CLEAR(*refused);
#if PY_VERSION_HEX >= 0x030C0000
        int truth = given[0] == NULL ? 1 : PyObject_IsTrue(given[0]);
#else
        int truth = given[0] == NULL ? 1 : PyLong_AsLong(given[0]) != 0;
#endif
        double seconds = given[1] == NULL ? -1 : PyFloat_AsDouble(given[1]);
        if (truth < 0 || PyErr_Occurred()) {
            return 1;
        }
        PyObject *number = PyFloat_FromDouble(seconds);
        int read = number == NULL ? -1 : plain_timeout(truth, number, microseconds, ns);
        Py_XDECREF(number);
        if (read == 0) {
            return 0;
        }
        PyErr_SetString(PyExc_ValueError, "this time-out cannot be read");
    }
    return 1;
}

typedef int Taker(Lock *, PY_TIMEOUT_T, int64_t);

static inline PyObject *acquire(PyObject *op, PyObject *const *args, Py_ssize_t count,
                                PyObject *names, PyObject *bare, Taker *taker)
{
    PY_TIMEOUT_T microseconds = -1;
    int64_t ns = -1;
    PyObject *refused;
    if ((count || names != NULL) &&
        read_acquire(args, count, names, bare, &microseconds, &ns, &refused)) {
        return refused;
    }
    int taken = taker((Lock *)op, microseconds, ns);
    return taken < 0 ? NULL : PyBool_FromLong(taken);
}

static PyObject *lock_acquire(PyObject *op, PyObject *const *args, Py_ssize_t count,
                              PyObject *names)
{
    return acquire(op, args, count, names, bare_lock, take_lock);
}

/* ---- letting go */

static PyObject *lock_release(PyObject *op, PyObject *unused)
{
    Lock *self = (Lock *)op;
    Core *core = self->core;
    if (!atomic_load(&core->locked)) {
        PyErr_SetString(PyExc_RuntimeError, "release unlocked lock");
        return NULL;
    }
    note(self, lock_kinds.released, 0);
    /* Recording may have run a finaliser (a frame is an object): look again. */
    if (!atomic_exchange(&core->locked, 0)) {
        PyErr_SetString(PyExc_RuntimeError, "release unlocked lock");
        return NULL;
    }
    PyThread_release_lock(core->lock);
    Py_RETURN_NONE;
}

static PyObject *lock_exit(PyObject *op, PyObject *const *args, Py_ssize_t count)
{
    return lock_release(op, NULL);
}

static PyObject *lock_locked(PyObject *op, PyObject *unused)
{
    return PyBool_FromLong(atomic_load(&((Lock *)op)->core->locked));
}

static PyObject *lock_repr(PyObject *op)
{
    return PyUnicode_FromFormat("<%s _thread.lock object at %p>",
                                atomic_load(&((Lock *)op)->core->locked) ? "locked" : "unlocked",
                                op);
}

/* After a fork the lock may be held by a thread that is no more: begin with a new one. */
static PyObject *lock_reinit(PyObject *op, PyObject *unused)
{
    Core *core = ((Lock *)op)->core;
    PyThread_type_lock fresh = PyThread_allocate_lock();
    if (fresh == NULL) {
        return PyErr_NoMemory();
    }
    core->lock = fresh; /* the old one may be held: it is left behind */
    atomic_store(&core->locked, 0);
    atomic_store(&core->owner, 0);
    core->count = 0;
    Py_RETURN_NONE;
}

/* ---- reentrant */

static inline int is_ours(Core *core)
{
    return atomic_load(&core->owner) == PyThread_get_thread_ident();
}

static int take_again(Lock *self, PY_TIMEOUT_T microseconds, int64_t ns)
{
    Core *core = self->core;
    if (is_ours(core)) {
        core->count++;
        note(self, lock_kinds.acquired, 0);
        return 1;
    }
    int taken = get(self, microseconds, ns);
    if (taken == 1) {
        /* Before it is recorded: recording makes a frame, which may run a finaliser. */
        atomic_store(&core->locked, 1);
        atomic_store(&core->owner, PyThread_get_thread_ident());
        core->count = 1;
        note(self, lock_kinds.acquired, 0);
    }
    return taken;
}

static PyObject *rlock_acquire(PyObject *op, PyObject *const *args, Py_ssize_t count,
                               PyObject *names)
{
    return acquire(op, args, count, names, bare_rlock, take_again);
}

static void let_go(Core *core)
{
    core->count = 0;
    atomic_store(&core->owner, 0);
    atomic_store(&core->locked, 0);
    PyThread_release_lock(core->lock);
}

static PyObject *rlock_release(PyObject *op, PyObject *unused)
{
    Lock *self = (Lock *)op;
    Core *core = self->core;
    if (!is_ours(core)) {
        PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
        return NULL;
    }
    note(self, lock_kinds.released, 0);
    if (core->count > 1) {
        core->count--;
    }
    else {
        let_go(core);
    }
    Py_RETURN_NONE;
}

static PyObject *rlock_exit(PyObject *op, PyObject *const *args, Py_ssize_t count)
{
    return rlock_release(op, NULL);
}

static PyObject *rlock_is_owned(PyObject *op, PyObject *unused)
{
    return PyBool_FromLong(is_ours(((Lock *)op)->core));
}

static PyObject *rlock_recursion_count(PyObject *op, PyObject *unused)
{
    Core *core = ((Lock *)op)->core;
    return PyLong_FromUnsignedLong(is_ours(core) ? core->count : 0);
}

static PyObject *rlock_release_save(PyObject *op, PyObject *unused)
{
    Lock *self = (Lock *)op;
    Core *core = self->core;
    if (!is_ours(core)) {
        PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
        return NULL;
    }
    unsigned long count = core->count;
    PyObject *state = Py_BuildValue("(kk)", count, atomic_load(&core->owner));
    if (state == NULL) {
        return NULL;
    }
    note_levels(self, lock_kinds.released, count);
    let_go(core);
    return state;
}

static PyObject *rlock_acquire_restore(PyObject *op, PyObject *state)
{
    Lock *self = (Lock *)op;
    Core *core = self->core;
    unsigned long count, owner;
    if (!PyTuple_Check(state) || !PyArg_ParseTuple(state, "kk:_acquire_restore", &count, &owner)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, "_acquire_restore() argument 1 must be a tuple");
        }
        return NULL;
    }
    if (!try_core(core)) {
        if (self->object) {
            write_record(-1, self->object | lock_kinds.wait, users_site(), this_thread());
        }
        wait_for(core, -1, 0); /* as CPython: no signal keeps a condition from its lock */
    }
    atomic_store(&core->locked, 1);
    atomic_store(&core->owner, owner);
    core->count = count;
    note_levels(self, lock_kinds.acquired, count);
    Py_RETURN_NONE;
}

static PyObject *rlock_repr(PyObject *op)
{
    Core *core = ((Lock *)op)->core;
    return PyUnicode_FromFormat(
        "<%s _thread.RLock object owner=%ld count=%lu at %p>",
        atomic_load(&core->owner) ? "locked" : "unlocked", (long)atomic_load(&core->owner),
        core->count, op);
}

/* ---- both */

/* wear(type, name): error messages call instances of a class made in Python by its bare name; here
   it is given the full one that a type in C has. *name* must be one of the two. */
static PyObject *wear(PyObject *module, PyObject *args)
{
    PyTypeObject *type;
    const char *name;
    if (!PyArg_ParseTuple(args, "O!s", &PyType_Type, &type, &name)) {
        return NULL;
    }
    type->tp_name = strcmp(name, "_thread.RLock") == 0 ? "_thread.RLock" : "_thread.lock";
    Py_RETURN_NONE;
}

/* Lock(number, depth, other=None): a lock that records as object *number*; the same lock as
   *other* where one is given. */
static PyObject *lock_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    unsigned long long number;
    int depth;
    PyObject *other = Py_None;
    if (!PyArg_ParseTuple(args, "Ki|O", &number, &depth, &other)) {
        return NULL;
    }
    Core *core = other == Py_None ? new_core() : (Core *)Py_NewRef(((Lock *)other)->core);
    if (core == NULL) {
        return NULL;
    }
    Lock *self = (Lock *)type->tp_alloc(type, 0);
    if (self == NULL) {
        Py_DECREF(core);
        return NULL;
    }
    self->core = core;
    self->object = (uint64_t)number << 16;
    self->depth = depth;
    return (PyObject *)self;
}

static void lock_dealloc(PyObject *op)
{
    Lock *self = (Lock *)op;
    PyTypeObject *type = Py_TYPE(op);
    if (self->weak != NULL) {
        PyObject_ClearWeakRefs(op);
    }
    Py_CLEAR(self->core);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyObject *lock_number(PyObject *op, void *unused)
{
    return PyLong_FromUnsignedLongLong(((Lock *)op)->object >> 16);
}

static PyMemberDef lock_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Lock, weak), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef lock_getset[] = {
    {"threadlab_number", lock_number, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define ACQUIRE(name, function) \
    {name, (PyCFunction)(void (*)(void))function, METH_FASTCALL | METH_KEYWORDS, NULL}
#define EXIT(function) \
    {"__exit__", (PyCFunction)(void (*)(void))function, METH_FASTCALL, NULL}

static PyMethodDef lock_methods[] = {
    ACQUIRE("acquire", lock_acquire),
    ACQUIRE("acquire_lock", lock_acquire),
    {"release", lock_release, METH_NOARGS, NULL},
    {"release_lock", lock_release, METH_NOARGS, NULL},
    {"locked", lock_locked, METH_NOARGS, NULL},
    {"locked_lock", lock_locked, METH_NOARGS, NULL},
    ACQUIRE("__enter__", lock_acquire),
    EXIT(lock_exit),
    {"_at_fork_reinit", lock_reinit, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef rlock_methods[] = {
    ACQUIRE("acquire", rlock_acquire),
    {"release", rlock_release, METH_NOARGS, NULL},
#if PY_VERSION_HEX >= 0x030E0000
    {"locked", lock_locked, METH_NOARGS, NULL},
#endif
    ACQUIRE("__enter__", rlock_acquire),
    EXIT(rlock_exit),
    {"_is_owned", rlock_is_owned, METH_NOARGS, NULL},
    {"_recursion_count", rlock_recursion_count, METH_NOARGS, NULL},
    {"_release_save", rlock_release_save, METH_NOARGS, NULL},
    {"_acquire_restore", rlock_acquire_restore, METH_O, NULL},
    {"_at_fork_reinit", lock_reinit, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* What `help` and `inspect.signature` say of a method is what they say of the bare lock's. */
static int take_docs(PyObject *bare, PyMethodDef *methods)
{
    PyObject *lock = PyObject_CallNoArgs(bare);
    if (lock == NULL) {
        return -1;
    }
    for (; methods->ml_name != NULL; methods++) {
        PyObject *method = PyObject_GetAttrString((PyObject *)Py_TYPE(lock), methods->ml_name);
        if (method == NULL) {
            PyErr_Clear();
        }
        else if (Py_IS_TYPE(method, &PyMethodDescr_Type)) {
            methods->ml_doc = ((PyMethodDescrObject *)method)->d_method->ml_doc;
        }
        Py_XDECREF(method);
    }
    Py_DECREF(lock);
    return 0;
}

static PyType_Slot lock_slots[] = {
    {Py_tp_new, lock_new},       {Py_tp_dealloc, lock_dealloc}, {Py_tp_repr, lock_repr},
    {Py_tp_methods, lock_methods}, {Py_tp_members, lock_members}, {Py_tp_getset, lock_getset},
    {0, NULL},
};

static PyType_Slot rlock_slots[] = {
    {Py_tp_new, lock_new},        {Py_tp_dealloc, lock_dealloc}, {Py_tp_repr, rlock_repr},
    {Py_tp_methods, rlock_methods}, {Py_tp_members, lock_members}, {Py_tp_getset, lock_getset},
    {0, NULL},
};

static PyType_Spec lock_spec = {
    .name = "_thread.lock",
    .basicsize = sizeof(Lock),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = lock_slots,
};

static PyType_Spec rlock_spec = {
    .name = "_thread.RLock",
    .basicsize = sizeof(Lock),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = rlock_slots,
};
