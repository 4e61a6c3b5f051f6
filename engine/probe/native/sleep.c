/* `time.sleep`, recorded: the same as the Python function in `clock.py`, without a frame of Python.

   A call of it is a call of a C function, as the bare one is: the interpreter looks after the GIL
   where it does for that, and nowhere else. */

#include "accelerator.h"

static PyObject *real_sleep;     /* the bare `time.sleep` */
static PyObject *run_for_script; /* code objects of the library that call what the script gave */
static uint64_t sleep_begin, sleep_end;

/* Whether a call from *frame* is the user's, or made by the library on the user's behalf. */
static int is_sleep_shown(Frame frame)
{
    if (is_users(frame, 0)) {
        return 1;
    }
    PyObject *code = (PyObject *)frame_code(frame);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(run_for_script); i++) {
        if (PyTuple_GET_ITEM(run_for_script, i) == code) {
            return 1;
        }
    }
    return 0;
}

/* How long a sleep is to be, in ns; 0 where *seconds* is no number, or a very large one. */
static int64_t nanoseconds(PyObject *seconds)
{
    double wanted = 0;
    if (PyFloat_Check(seconds)) {
        wanted = PyFloat_AS_DOUBLE(seconds);
    }
    else if (PyLong_Check(seconds)) {
        wanted = PyLong_AsDouble(seconds);
        if (PyErr_Occurred()) { /* too large for a double, and so for a sleep */
            PyErr_Clear();
            wanted = 0;
        }
    }
    return wanted > -9e9 && wanted < 9e9 ? (int64_t)(wanted * 1e9) : 0;
}

static PyObject *recorded_sleep(PyObject *module, PyObject *const *args, Py_ssize_t count,
                                PyObject *names)
{
    uint32_t site = 0;
    int shown = 0;
    if (count == 1 && names == NULL) {
        Frame frame = frame_now();
        shown = frame != NULL && is_sleep_shown(frame);
        site = shown ? site_of_frame(frame) : 0;
        frame_leave(frame);
    }
    if (!shown) {
        return PyObject_Vectorcall(real_sleep, args, count, names);
    }
    uint32_t thread = this_thread();
    write_record(nanoseconds(args[0]), sleep_begin, site, thread);
    PyObject *slept = PyObject_Vectorcall(real_sleep, args, 1, NULL);
    /* With the exception of a signal's handler, or of what is no number, kept aside. */
    PyObject *kind, *error, *trace;
    PyErr_Fetch(&kind, &error, &trace);
    write_record(0, sleep_end, site, thread);
    PyErr_Restore(kind, error, trace);
    return slept;
}

static PyMethodDef sleep_method = {
    "sleep", (PyCFunction)(void (*)(void))recorded_sleep, METH_FASTCALL | METH_KEYWORDS, NULL};

/* sleeper(real, run_for_script, begin, end) -> what records the sleeps of the user's code: a
   builtin function as *real* is, so that a profiler, pickle and `help` say of it what they say of
   that. *begin* and *end* are the two kinds. */
static PyObject *sleeper(PyObject *module, PyObject *args)
{
    PyObject *real, *codes;
    unsigned long long begin, end;
    if (!PyArg_ParseTuple(args, "O!O!KK", &PyCFunction_Type, &real, &PyTuple_Type, &codes, &begin, &end)) {
        return NULL;
    }
    Py_XSETREF(real_sleep, Py_NewRef(real));
    Py_XSETREF(run_for_script, Py_NewRef(codes));
    sleep_begin = begin;
    sleep_end = end;
    PyCFunctionObject *bare = (PyCFunctionObject *)real;
    sleep_method.ml_doc = bare->m_ml->ml_doc;
    return PyCFunction_NewEx(&sleep_method, bare->m_self, bare->m_module);
}
