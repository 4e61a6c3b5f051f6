/* What the parts of the accelerator share. See accelerator.c for why it exists and what it
   guarantees. Everything in here is static: the module is one translation unit. */
#ifndef THREADLAB_ACCELERATOR_H
#define THREADLAB_ACCELERATOR_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pythread.h>
#if PY_VERSION_HEX < 0x030E0000
#define Py_BUILD_CORE 1
#include <internal/pycore_frame.h> /* see frames.c */
#undef Py_BUILD_CORE
#endif
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#define THREAD_LOCAL __declspec(thread)
#else
#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>
#define THREAD_LOCAL _Thread_local
#endif

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/membarrier.h>)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef SYS_membarrier
#define HAS_MEMBARRIER 1 /* the kernel may still refuse */
#endif
#endif
#endif

/* A few bytes of a thread, which glibc keeps room for in a library that is loaded late: read
   without a call. */
#ifdef __GLIBC__
#define NEAR __attribute__((tls_model("initial-exec")))
#else
#define NEAR
#endif

/* Free-threaded builds have a mutex; under the GIL nothing runs beside us. */
#ifdef Py_GIL_DISABLED
static PyMutex tables_mutex;
#define LOCK_TABLES() PyMutex_Lock(&tables_mutex)
#define UNLOCK_TABLES() PyMutex_Unlock(&tables_mutex)
#else
#define LOCK_TABLES() ((void)0)
#define UNLOCK_TABLES() ((void)0)
#endif

/* One event. The same five numbers as in `engine/events.py`, `COLUMNS`. */
typedef struct {
    int64_t value;
    uint64_t time; /* ns, of time.perf_counter_ns */
    uint64_t what; /* object << 16 | flags << 8 | kind */
    uint32_t thread;
    uint32_t site;
} Record;

/* Bits of `what`. FLOAT is `Flag.FLOAT`; IS_OBJECT never leaves this process: `value` is then a
   reference to a Python object, which `take` hands over. */
#define FLAG_FLOAT ((uint64_t)2 << 8)
#define IS_OBJECT ((uint64_t)0x80 << 8)

/* Which kinds a lock records; told by `Kind` when the module is set up. */
typedef struct {
    uint64_t wait, acquired, released, wait_failed, try_failed;
} LockKinds;

static LockKinds lock_kinds;

static void write_record(int64_t value, uint64_t what, uint32_t site, uint32_t thread);
static void write_object(PyObject *value, uint64_t what, uint32_t site, uint32_t thread);
static uint32_t site_above(int depth);
static uint32_t this_thread(void);

#endif
