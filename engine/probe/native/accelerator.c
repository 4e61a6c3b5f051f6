/* The probes' hot path in C: the log, the pipes that write to it, and locks that record.

   Why: recording an acquisition through Python costs two to three times the bare lock, more than a
   tool that only traces; in C it costs next to nothing, and a C callable adds no place where the
   interpreter may give the GIL away. It is built for each interpreter where there is a compiler
   (`engine/accelerator.py`); where there is none, the probes do the same in Python.

   Guarantees:
   - Records are those of the Python form: the same kinds, values, lines and order.
   - No step of recording runs Python code, but for the first record of a thread that no probe saw
     start (its number is asked of a dictionary of ours), and releases the GIL nowhere, but where
     the log has grown beyond its limit, which is counted (`troubles`).
   - On free-threaded builds threads share nothing to record but the table of lines, at a line's
     first time. */

#include "accelerator.h"
#include "structmember.h"

#include "frames.c"
#include "log.c"
#include "pipes.c"
#include "locks.c"
#include "sleep.c"

static int add_type(PyObject *module, const char *name, PyType_Spec *spec)
{
    PyObject *type = PyType_FromSpec(spec);
    int added = type == NULL ? -1 : PyModule_AddObjectRef(module, name, type);
    Py_XDECREF(type);
    return added;
}

#include "conditions.c"

/* set_up(numbers, owner, probes, kinds): *numbers* maps get_ident() to a thread's number; *owner*
   tells whether a frame runs the user's code; *probes* is how the names of our own files begin;
   *kinds* are those of a lock: wait, acquired, released, wait failed, try failed. */
static PyObject *set_up(PyObject *module, PyObject *args)
{
    PyObject *numbers, *owner, *probes;
    unsigned long long wait, acquired, released, wait_failed, try_failed;
    if (!PyArg_ParseTuple(args, "OOU(KKKKK)", &numbers, &owner, &probes, &wait, &acquired, &released,
                          &wait_failed, &try_failed)) {
        return NULL;
    }
    Py_XSETREF(thread_numbers, Py_NewRef(numbers));
    Py_XSETREF(is_user_frame, Py_NewRef(owner));
    Py_XSETREF(our_folder, Py_NewRef(probes));
    lock_kinds = (LockKinds){wait, acquired, released, wait_failed, try_failed};
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"set_up", set_up, METH_VARARGS, NULL},
    {"wear", wear, METH_VARARGS, NULL},
    {"sleeper", sleeper, METH_VARARGS, NULL},
    {"append", (PyCFunction)(void (*)(void))append, METH_FASTCALL, NULL},
    {"record", (PyCFunction)(void (*)(void))record, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"user_at", user_at, METH_O, NULL},
    {"take", take, METH_VARARGS, NULL},
    {"site", site, METH_VARARGS, NULL},
    {"take_sites", take_sites, METH_NOARGS, NULL},
    {"sites", sites, METH_NOARGS, NULL},
    {"clear", clear, METH_NOARGS, NULL},
    {"troubles", troubles, METH_NOARGS, NULL},
    {"clock", read_clock, METH_NOARGS, NULL},
    {"next_ticket", next_ticket, METH_NOARGS, NULL},
    {"start_tickets_again", start_tickets_again, METH_NOARGS, NULL},
    CONDITION_FUNCTIONS
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "accelerator", NULL, -1, functions, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_accelerator(void)
{
    PyObject *module = PyModule_Create(&definition);
    PyObject *thread = PyImport_ImportModule("_thread");
    if (module == NULL || thread == NULL) {
        return NULL;
    }
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    look_for_fences();
    site_numbers = PyDict_New();
    new_sites = PyList_New(0);
    get_frame = Py_XNewRef(PySys_GetObject("_getframe"));
    bare_lock = PyObject_GetAttrString(thread, "allocate_lock");
    bare_rlock = PyObject_GetAttrString(thread, "RLock");
    core_type = (PyTypeObject *)PyType_FromSpec(&core_spec);
    Py_DECREF(thread);
    if (get_frame == NULL || site_numbers == NULL || new_sites == NULL || bare_lock == NULL || bare_rlock == NULL ||
        core_type == NULL || look_at_locks() < 0 || take_docs(bare_lock, lock_methods) < 0 ||
        take_docs(bare_rlock, rlock_methods) < 0 || add_conditions(module) < 0 || add_type(module, "Pipe", &pipe_spec) < 0 ||
        add_type(module, "Lock", &lock_spec) < 0 || add_type(module, "RLock", &rlock_spec) < 0) {
        return NULL;
    }
    return module;
}
