/* The Python frames that are running, innermost first: whose code, which line.

   Up to 3.13 they are read where the interpreter keeps them. `PyEval_GetFrame` makes an object of
   each frame that is asked for, and to make an object may collect garbage, on 3.11 at once: a
   finaliser of the script's would then run where the bare script has none, in the midst of taking
   a lock. These headers are the interpreter's internal ones; the accelerator is compiled for one
   interpreter with its own headers, so what they say of it holds. */

#include "accelerator.h"

#if PY_VERSION_HEX < 0x030E0000

typedef _PyInterpreterFrame *Frame;

/* What has begun and runs Python code, from *frame* outwards. */
static inline Frame complete(Frame frame)
{
    while (frame != NULL && _PyFrame_IsIncomplete(frame)) {
        frame = frame->previous;
    }
    return frame;
}

static inline Frame frame_now(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return complete(PyThreadState_Get()->current_frame);
#else
    return complete(PyThreadState_Get()->cframe->current_frame);
#endif
}

static inline Frame frame_back(Frame frame)
{
    return complete(frame->previous);
}

static inline PyCodeObject *frame_code(Frame frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    return _PyFrame_GetCode(frame);
#else
    return frame->f_code;
#endif
}

static inline int frame_lasti(Frame frame)
{
    return _PyInterpreterFrame_LASTI(frame) * (int)sizeof(_Py_CODEUNIT);
}

static inline int frame_line(Frame frame)
{
    return PyCode_Addr2Line(frame_code(frame), frame_lasti(frame));
}

static inline void frame_leave(Frame frame)
{
    (void)frame;
}

#else

typedef PyFrameObject *Frame; /* owned */

static inline Frame frame_now(void)
{
    return (Frame)Py_XNewRef((PyObject *)PyEval_GetFrame());
}

static inline Frame frame_back(Frame frame)
{
    Frame back = PyFrame_GetBack(frame);
    Py_DECREF(frame);
    return back;
}

static inline PyCodeObject *frame_code(Frame frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    Py_DECREF(code); /* the frame keeps it */
    return code;
}

static inline int frame_lasti(Frame frame)
{
    return PyFrame_GetLasti(frame);
}

static inline int frame_line(Frame frame)
{
    return PyFrame_GetLineNumber(frame);
}

static inline void frame_leave(Frame frame)
{
    Py_XDECREF(frame);
}

#endif
