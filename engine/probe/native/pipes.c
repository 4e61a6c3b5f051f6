/* Pipes: objects each of whose steps records once. A step is `None in pipe` or `next(pipe)`, for
   the interpreter offers the GIL to nobody at either. */

#include "accelerator.h"

typedef struct {
    PyObject_HEAD
    uint64_t what;
    int depth;       /* of the frame to take the line from; -1: the site is fixed */
    uint32_t site;
    PyObject *values; /* an iterator to step for the value, or NULL: the value is `fixed` */
    int64_t fixed;
    PyObject *namespace; /* a dictionary and a name whose value to record, or NULL */
    PyObject *name;
} Pipe;

/* Whether a value stands for itself. Of anything else `values` gives plain data: no object of the
   script's lives longer for being watched. */
static int is_plain(PyObject *value)
{
    return value == Py_None || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyUnicode_CheckExact(value) || PyBytes_CheckExact(value) || PyBool_Check(value);
}

/* What the namespace holds, a new reference; NULL where there is nothing, or an error. */
static PyObject *look_up(Pipe *self)
{
    PyObject *value = NULL;
#if PY_VERSION_HEX >= 0x030D0000
    (void)PyDict_GetItemRef(self->namespace, self->name, &value);
#else
    value = Py_XNewRef(PyDict_GetItemWithError(self->namespace, self->name));
#endif
    return value;
}

/* Record once. 1: recorded; 0: there was nothing to record; -1: raised. */
static int step(Pipe *self)
{
    uint32_t thread = this_thread();
    uint32_t site = self->depth < 0 ? self->site : site_above(self->depth);
    PyObject *value = NULL;
    if (self->namespace != NULL) {
        value = look_up(self);
        if (value == NULL && PyErr_Occurred()) {
            return -1;
        }
        if (value != NULL && !is_plain(value)) {
            Py_CLEAR(value);
        }
    }
    else if (self->values == NULL) {
        write_record(self->fixed, self->what, site, thread);
        return 1;
    }
    if (value == NULL) {
        value = PyIter_Next(self->values);
    }
    if (value == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    write_object(value, self->what, site, thread);
    Py_DECREF(value);
    return 1;
}

static int pipe_contains(PyObject *self, PyObject *unused)
{
    return step((Pipe *)self);
}

static PyObject *pipe_next(PyObject *self)
{
    return step((Pipe *)self) == 1 ? Py_NewRef(Py_None) : NULL; /* NULL alone ends the loop */
}

static int pipe_traverse(PyObject *op, visitproc visit, void *arg)
{
    Pipe *self = (Pipe *)op;
    Py_VISIT(Py_TYPE(op));
    Py_VISIT(self->values);
    Py_VISIT(self->namespace);
    return 0;
}

static int pipe_clear(PyObject *op)
{
    Pipe *self = (Pipe *)op;
    Py_CLEAR(self->values);
    Py_CLEAR(self->namespace);
    return 0;
}

static void pipe_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    pipe_clear(op);
    Py_CLEAR(((Pipe *)op)->name);
    type->tp_free(op);
    Py_DECREF(type);
}

/* Pipe(what, depth, site, values=None, namespace=None, name=None)

   *site* is used where *depth* is -1. *values* is a number, recorded at each step, or an iterator
   that is stepped for one; with *namespace*, what it holds under *name* is recorded where that is
   plain data. */
static PyObject *pipe_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    PyObject *told, *values = Py_None, *namespace = Py_None, *name = Py_None;
    unsigned long long what;
    int depth;
    uint32_t site;
    if (!PyArg_ParseTuple(args, "KiO|OOO", &what, &depth, &told, &values, &namespace, &name) ||
        site_from(told, &site) < 0) {
        return NULL;
    }
    if (namespace != Py_None && (!PyDict_CheckExact(namespace) || !PyUnicode_Check(name))) {
        PyErr_SetString(PyExc_TypeError, "a namespace is a dictionary, and a name a string");
        return NULL;
    }
    Pipe *self = (Pipe *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->what = what;
    self->depth = depth;
    self->site = site;
    if (namespace != Py_None) {
        self->namespace = Py_NewRef(namespace);
        self->name = Py_NewRef(name);
    }
    if (PyLong_CheckExact(values)) {
        self->fixed = PyLong_AsLongLong(values);
    }
    else if (values != Py_None) {
        self->values = PyObject_GetIter(values);
    }
    if (PyErr_Occurred()) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static PyType_Slot pipe_slots[] = {
    {Py_tp_new, pipe_new},
    {Py_tp_dealloc, pipe_dealloc},
    {Py_tp_traverse, pipe_traverse},
    {Py_tp_clear, pipe_clear},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, pipe_next},
    {Py_sq_contains, pipe_contains},
    {0, NULL},
};

static PyType_Spec pipe_spec = {
    .name = "_threadlab.Pipe",
    .basicsize = sizeof(Pipe),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = pipe_slots,
};
