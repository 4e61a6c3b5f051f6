/* The log: where a record goes, and how the flusher takes it out again.

   A lane is a queue with one writer and one reader that needs no lock: the writer fills a chunk
   and then publishes its count; the reader takes what is published, and frees a chunk once the
   writer has gone on to the next. Under the GIL there is one lane for all threads, in the order of
   time as it is written. On a free-threaded build there is one lane a thread, and `take` merges
   them by time.

   How a free-threaded `take` knows that nothing earlier is still to come:
   1. a writer raises `writing`, then reads the clock, fills the record, publishes it, and lowers
      `writing`;
   2. `take` reads the clock (the cut), then waits for each lane until `writing` is down;
   3. a writer that it saw down either has published already, or reads the clock after the cut.
   So all records up to the cut are published, and those after it are left for the next time. A
   writer between 1 and its end calls nothing, so the wait is some nanoseconds.
   1 and 2 are two threads that each write and then read what the other wrote, so both need a
   fence in between. Where Linux can make all threads of a process pass one (`membarrier`), `take`
   has it do so between reading the clock and the lanes, some 60 times a second, and a writer, who
   comes a million times a second, needs none. */

#include "accelerator.h"

#define CHUNK_RECORDS 1024
/* Beyond this many records not yet taken (128 MiB) a writer waits, and that is counted. */
#define MOST_PENDING (4u * 1024 * 1024)
/* So many chunks (8 MiB) are kept for the next records: fresh memory costs as much as a record. */
#define MOST_KEPT 256
#define SITE_SLOTS 512
#define OWNER_SLOTS 512
#define OWNER_TRIES 8 /* places for a code object, from its own on */

typedef struct Chunk {
    _Atomic(struct Chunk *) next;
    atomic_uint count;
    unsigned taken;
    Record records[CHUNK_RECORDS];
} Chunk;

typedef struct {
    PyCodeObject *code; /* owned */
    int lasti;
    uint32_t site;
} SiteSlot;

/* Whose code it is: a library's, the user's, or that of the probes. */
typedef enum { LIBRARYS, USERS, OURS } Owner;

typedef struct {
    PyCodeObject *code; /* owned */
    Owner owner;
} OwnerSlot;

typedef struct Lane {
    struct Lane *next;
    Chunk *head; /* the reader's */
    Chunk *tail; /* the writer's */
    atomic_int writing;
    atomic_int left; /* its thread has ended: nobody writes any more */
    _Atomic(struct Chunk *) returned; /* chunks that the reader has done with; linked by `next` */
    Chunk *spare;                     /* those of them that the writer has taken for itself */
    SiteSlot sites[SITE_SLOTS];
    OwnerSlot owners[OWNER_SLOTS];
} Lane;

typedef struct {
    Lane *lane;
    unsigned generation;
    uint32_t number;
} ThreadState;

static THREAD_LOCAL ThreadState mine NEAR;
static unsigned generation = 1; /* a fork makes it another one: threads are numbered anew */
static _Atomic(Lane *) lanes;
static atomic_long pending;
static atomic_int kept; /* chunks that are kept for later */
static atomic_ulong held_up; /* how often a writer had to wait */
static atomic_ulong lost;    /* records for which there was no memory */
static PyObject *thread_numbers; /* get_ident() -> number; may make one, in Python */
static PyObject *get_frame;      /* sys._getframe */
static PyObject *is_user_frame;  /* whose code a frame runs, in Python */
static PyObject *our_folder;     /* the names of our own files begin with it */
static PyObject *site_numbers;   /* (file, line) -> number */
static PyObject *new_sites;      /* list of (number, file, line) not yet told */
static unsigned long site_count;

static inline uint64_t now(void)
{
#if defined(__linux__) /* what Python asks there too; each call between costs a few ns */
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
#elif PY_VERSION_HEX >= 0x030D0000
    PyTime_t t;
    (void)PyTime_PerfCounterRaw(&t);
    return (uint64_t)t;
#elif defined(_WIN32)
    static LARGE_INTEGER frequency;
    LARGE_INTEGER ticks;
    if (!frequency.QuadPart) {
        QueryPerformanceFrequency(&frequency);
    }
    QueryPerformanceCounter(&ticks);
    return (uint64_t)(ticks.QuadPart / frequency.QuadPart) * 1000000000u +
           (uint64_t)(ticks.QuadPart % frequency.QuadPart) * 1000000000u / frequency.QuadPart;
#elif defined(__APPLE__)
    return clock_gettime_nsec_np(CLOCK_UPTIME_RAW);
#else
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
#endif
}

/* ---- lanes */

#ifdef Py_GIL_DISABLED
/* Whether the reader makes every writer pass a fence, so that they need not. */
static atomic_int reader_fences;

#ifdef HAS_MEMBARRIER
static void look_for_fences(void)
{
    reader_fences =
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

static void fence_writers(void)
{
    if (!reader_fences || syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0) {
        return;
    }
    look_for_fences(); /* a process of its own since a fork, as far as the kernel goes */
    if (!reader_fences || syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0) {
        reader_fences = 0;
        nanosleep(&(struct timespec){0, 1000000}, NULL); /* no store is held back for so long */
    }
}
#else
static void look_for_fences(void)
{
}

static void fence_writers(void)
{
}
#endif

static inline void begin_writing(Lane *lane)
{
    if (atomic_load_explicit(&reader_fences, memory_order_relaxed)) {
        atomic_store_explicit(&lane->writing, 1, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst);
    }
    else {
        atomic_store(&lane->writing, 1);
    }
}
#else
static void look_for_fences(void)
{
}

static void fence_writers(void)
{
}

static inline void begin_writing(Lane *lane)
{
    (void)lane;
}
#endif

static Lane *new_lane(void)
{
    Lane *lane = PyMem_RawCalloc(1, sizeof(Lane));
    Chunk *chunk = PyMem_RawCalloc(1, sizeof(Chunk));
    if (lane == NULL || chunk == NULL) {
        PyMem_RawFree(lane);
        PyMem_RawFree(chunk);
        return NULL;
    }
    lane->head = lane->tail = chunk;
    Lane *first = atomic_load(&lanes);
    do {
        lane->next = first;
    } while (!atomic_compare_exchange_weak(&lanes, &first, lane));
    return lane;
}

#ifdef Py_GIL_DISABLED
static void leave_lane(PyObject *capsule)
{
    Lane *lane = PyCapsule_GetPointer(capsule, "threadlab.lane");
    if (lane != NULL) {
        if (mine.lane == lane) {
            mine.lane = NULL;
        }
        atomic_store(&lane->left, 1);
    }
}

/* A thread's lane is left when its dictionary is cleared, at its very end. */
static Lane *lane_of_thread(void)
{
    Lane *lane = new_lane();
    if (lane == NULL) {
        return NULL;
    }
    PyObject *error = PyErr_GetRaisedException();
    PyObject *kept = PyThreadState_GetDict();
    PyObject *capsule = PyCapsule_New(lane, "threadlab.lane", leave_lane);
    if (kept != NULL && capsule != NULL) {
        PyDict_SetItem(kept, capsule, Py_None);
    }
    Py_XDECREF(capsule);
    PyErr_SetRaisedException(error);
    return lane;
}
#endif

static inline Lane *my_lane(void)
{
#ifdef Py_GIL_DISABLED
    if (mine.lane == NULL) {
        mine.lane = lane_of_thread();
    }
    return mine.lane;
#else
    Lane *lane = atomic_load_explicit(&lanes, memory_order_relaxed);
    return lane != NULL ? lane : new_lane();
#endif
}

/* Wait until the flusher has caught up; only ever where memory would grow without bound. */
static void wait_for_room(void)
{
    atomic_fetch_add(&held_up, 1);
    while (atomic_load(&pending) > (long)MOST_PENDING) {
        Py_BEGIN_ALLOW_THREADS
#ifdef _WIN32
        Sleep(1);
#else
        nanosleep(&(struct timespec){0, 1000000}, NULL);
#endif
        Py_END_ALLOW_THREADS
    }
}

/* The reader has done with *chunk*. */
static void give_back(Lane *lane, Chunk *chunk)
{
    if (atomic_fetch_add(&kept, 1) >= MOST_KEPT) {
        atomic_fetch_sub(&kept, 1);
        PyMem_RawFree(chunk);
        return;
    }
    Chunk *first = atomic_load(&lane->returned);
    do {
        atomic_store(&chunk->next, first);
    } while (!atomic_compare_exchange_weak(&lane->returned, &first, chunk));
}

/* An empty chunk for the writer of *lane*, or NULL. It takes all that came back at once: so none
   that it looks at can meanwhile be taken and come back. */
static Chunk *new_chunk(Lane *lane)
{
    Chunk *chunk = lane->spare;
    if (chunk == NULL) {
        chunk = atomic_exchange(&lane->returned, NULL);
    }
    if (chunk != NULL) {
        lane->spare = atomic_load(&chunk->next);
        atomic_fetch_sub(&kept, 1);
    }
    else {
        chunk = PyMem_RawMalloc(sizeof(Chunk));
    }
    if (chunk != NULL) {
        atomic_init(&chunk->next, NULL);
        atomic_init(&chunk->count, 0);
        chunk->taken = 0;
    }
    return chunk;
}

/* The writer's tail with room for one more, or NULL. */
static inline Chunk *room(Lane *lane)
{
    Chunk *tail = lane->tail;
    if (atomic_load_explicit(&tail->count, memory_order_relaxed) < CHUNK_RECORDS) {
        return tail;
    }
    Chunk *chunk = new_chunk(lane);
    if (chunk != NULL) {
        atomic_fetch_add(&pending, CHUNK_RECORDS);
        atomic_store_explicit(&tail->next, chunk, memory_order_release);
        lane->tail = chunk;
    }
    return chunk;
}

static void write_record(int64_t value, uint64_t what, uint32_t site, uint32_t thread)
{
    if (atomic_load_explicit(&pending, memory_order_relaxed) > (long)MOST_PENDING) {
        wait_for_room();
    }
    Lane *lane = my_lane();
    Chunk *chunk = lane == NULL ? NULL : room(lane);
    if (chunk == NULL) {
        atomic_fetch_add(&lost, 1);
        if (what & IS_OBJECT) {
            Py_DECREF((PyObject *)(intptr_t)value);
        }
        return;
    }
    begin_writing(lane);
    unsigned count = atomic_load_explicit(&chunk->count, memory_order_relaxed);
    Record *record = &chunk->records[count];
    record->value = value;
    record->time = now();
    record->what = what;
    record->thread = thread;
    record->site = site;
    atomic_store_explicit(&chunk->count, count + 1, memory_order_release);
#ifdef Py_GIL_DISABLED
    atomic_store_explicit(&lane->writing, 0, memory_order_release);
#endif
}

/* Record any value: a 64-bit integer or a float as it is, anything else by reference. */
static void write_object(PyObject *value, uint64_t what, uint32_t site, uint32_t thread)
{
    if (PyLong_CheckExact(value)) {
        int overflow;
        long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (!overflow) {
            write_record(number, what, site, thread);
            return;
        }
    }
    else if (PyFloat_CheckExact(value)) {
        double number = PyFloat_AS_DOUBLE(value);
        int64_t bits;
        memcpy(&bits, &number, sizeof bits);
        write_record(bits, what | FLAG_FLOAT, site, thread);
        return;
    }
    Py_INCREF(value);
    write_record((int64_t)(intptr_t)value, what | IS_OBJECT, site, thread);
}

/* ---- threads and lines */

static uint32_t this_thread(void)
{
    if (mine.generation == generation) {
        return mine.number;
    }
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    PyObject *number = ident == NULL ? NULL : PyObject_GetItem(thread_numbers, ident);
    Py_XDECREF(ident);
    if (number == NULL) {
        PyErr_WriteUnraisable(thread_numbers);
        return 0;
    }
    mine.number = (uint32_t)PyLong_AsUnsignedLong(number);
    mine.generation = generation;
    Py_DECREF(number);
    return mine.number;
}

/* The number of a line; steals nothing. Runs no Python code: names of files are plain strings. */
static uint32_t site_of(PyObject *file, int line)
{
    if (line <= 0) {
        return 0;
    }
    PyObject *key = Py_BuildValue("(Oi)", file, line);
    if (key == NULL) {
        PyErr_Clear();
        return 0;
    }
    uint32_t site = 0;
    LOCK_TABLES();
    PyObject *known = PyDict_GetItemWithError(site_numbers, key);
    if (known != NULL) {
        site = (uint32_t)PyLong_AsUnsignedLong(known);
    }
    else if (!PyErr_Occurred()) {
        PyObject *number = PyLong_FromUnsignedLong(site_count + 1);
        PyObject *entry = number == NULL ? NULL : Py_BuildValue("(OOi)", number, file, line);
        if (entry != NULL && PyDict_SetItem(site_numbers, key, number) == 0 &&
            PyList_Append(new_sites, entry) == 0) {
            site = (uint32_t)++site_count;
        }
        Py_XDECREF(entry);
        Py_XDECREF(number);
    }
    UNLOCK_TABLES();
    Py_DECREF(key);
    PyErr_Clear();
    return site;
}

/* The line that *frame* runs. Once it has been seen, a line costs a look into this lane's own
   table. */
static uint32_t site_of_frame(Frame frame)
{
    Lane *lane = my_lane();
    if (lane == NULL) {
        return 0;
    }
    PyCodeObject *code = frame_code(frame);
    int lasti = frame_lasti(frame);
    uintptr_t mixed = ((uintptr_t)code >> 5) ^ ((uintptr_t)lasti * 31);
    SiteSlot *slot = &lane->sites[mixed % SITE_SLOTS];
    if (slot->code == code && slot->lasti == lasti) {
        return slot->site;
    }
    uint32_t site = site_of(code->co_filename, frame_line(frame));
    PyCodeObject *before = slot->code;
    /* Ours now: a freed code's address could come back as another's. */
    slot->code = (PyCodeObject *)Py_NewRef((PyObject *)code);
    slot->lasti = lasti;
    slot->site = site;
    Py_XDECREF(before);
    return site;
}

/* The frame *depth* above the innermost; NULL where there are not so many. */
static Frame frame_above(int depth)
{
    Frame frame = frame_now();
    while (depth-- > 0 && frame != NULL) {
        frame = frame_back(frame);
    }
    return frame;
}

/* The line *depth* Python frames above the caller; 0 where C code at the bottom of a thread calls,
   and there is no line. */
static uint32_t site_above(int depth)
{
    Frame frame = frame_above(depth);
    uint32_t site = frame == NULL ? 0 : site_of_frame(frame);
    frame_leave(frame);
    return site;
}

static Owner ask_owner(PyCodeObject *code, int depth)
{
    if (PyUnicode_Tailmatch(code->co_filename, our_folder, 0, PY_SSIZE_T_MAX, -1) == 1) {
        return OURS;
    }
    PyObject *object = PyObject_CallFunction(get_frame, "i", depth);
    PyObject *said = object == NULL ? NULL : PyObject_CallOneArg(is_user_frame, object);
    int users = said == NULL ? 0 : PyObject_IsTrue(said);
    Py_XDECREF(said);
    Py_XDECREF(object);
    PyErr_Clear();
    return users > 0 ? USERS : LIBRARYS;
}

/* Whose the code of *frame* is, *depth* above the innermost: asked of Python once for each code
   object, or again where too many share a place in the table. */
static Owner owner_of(Frame frame, int depth)
{
    Lane *lane = my_lane();
    PyCodeObject *code = frame_code(frame);
    if (lane == NULL) {
        return LIBRARYS;
    }
    size_t place = ((uintptr_t)code >> 5) % OWNER_SLOTS;
    for (size_t i = 0; i < OWNER_TRIES; i++) {
        OwnerSlot *slot = &lane->owners[(place + i) % OWNER_SLOTS];
        if (slot->code == code) {
            return slot->owner;
        }
        if (slot->code == NULL) {
            place += i;
            break;
        }
    }
    OwnerSlot *slot = &lane->owners[place % OWNER_SLOTS];
    Owner owner = ask_owner(code, depth);
    PyCodeObject *before = slot->code;
    slot->code = (PyCodeObject *)Py_NewRef((PyObject *)code);
    slot->owner = owner;
    Py_XDECREF(before);
    return owner;
}

static inline int is_users(Frame frame, int depth)
{
    return owner_of(frame, depth) == USERS;
}

/* The innermost line of the user's own code that is running; 0 where there is none. */
static uint32_t users_site(void)
{
    int depth = 0;
    for (Frame frame = frame_now(); frame != NULL; frame = frame_back(frame), depth++) {
        if (is_users(frame, depth)) {
            uint32_t site = site_of_frame(frame);
            frame_leave(frame);
            return site;
        }
    }
    return 0;
}

/* A site as Python tells it: a number, or (file, line). */
static int site_from(PyObject *told, uint32_t *site)
{
    if (PyTuple_CheckExact(told) && PyTuple_GET_SIZE(told) == 2) {
        PyObject *file = PyTuple_GET_ITEM(told, 0);
        long line = PyLong_AsLong(PyTuple_GET_ITEM(told, 1));
        if (line == -1 && PyErr_Occurred()) {
            return -1;
        }
        *site = PyUnicode_Check(file) ? site_of(file, (int)line) : 0;
        return 0;
    }
    *site = (uint32_t)PyLong_AsUnsignedLong(told);
    return PyErr_Occurred() ? -1 : 0;
}

/* ---- taking records out */

typedef struct {
    Lane *lane;
    unsigned ready; /* published, in the head chunk */
} Source;

/* Let *source* stand at its next record up to *cut*; false when there is none. */
static int stand(Source *source, uint64_t cut)
{
    Lane *lane = source->lane;
    Chunk *chunk = lane->head;
    if (chunk->taken == CHUNK_RECORDS) {
        Chunk *next = atomic_load_explicit(&chunk->next, memory_order_acquire);
        if (next == NULL) {
            return 0;
        }
        lane->head = next;
        give_back(lane, chunk);
        atomic_fetch_sub(&pending, CHUNK_RECORDS);
        chunk = next;
    }
    source->ready = atomic_load_explicit(&chunk->count, memory_order_acquire);
    return chunk->taken < source->ready && chunk->records[chunk->taken].time <= cut;
}

static inline uint64_t next_time(const Source *source)
{
    const Chunk *chunk = source->lane->head;
    return chunk->records[chunk->taken].time;
}

/* Let the source at *position* sink in the heap of sources, the earliest first. */
static void sink(Source *heap, size_t size, size_t position)
{
    for (;;) {
        size_t least = position;
        for (size_t child = 2 * position + 1; child <= 2 * position + 2 && child < size; child++) {
            if (next_time(&heap[child]) < next_time(&heap[least])) {
                least = child;
            }
        }
        if (least == position) {
            return;
        }
        Source swapped = heap[position];
        heap[position] = heap[least];
        heap[least] = swapped;
        position = least;
    }
}

static size_t count_lanes(void)
{
    size_t count = 0;
    for (Lane *lane = atomic_load(&lanes); lane != NULL; lane = lane->next) {
        count++;
    }
    return count;
}

static void wait_until_written(Lane *lane)
{
#ifdef Py_GIL_DISABLED
    while (atomic_load(&lane->writing)) {
#ifdef _WIN32
        SwitchToThread();
#else
        sched_yield();
#endif
    }
#else
    (void)lane;
#endif
}

#ifdef Py_GIL_DISABLED
static int free_chunks(Chunk *chunk)
{
    int count = 0;
    while (chunk != NULL) {
        Chunk *next = atomic_load(&chunk->next);
        PyMem_RawFree(chunk);
        chunk = next;
        count++;
    }
    return count;
}

static void free_lane(Lane *lane)
{
    free_chunks(lane->head);
    atomic_fetch_sub(&kept, free_chunks(lane->spare) + free_chunks(atomic_load(&lane->returned)));
    for (size_t i = 0; i < SITE_SLOTS; i++) {
        Py_XDECREF(lane->sites[i].code);
    }
    for (size_t i = 0; i < OWNER_SLOTS; i++) {
        Py_XDECREF(lane->owners[i].code);
    }
    PyMem_RawFree(lane);
}

/* Free the lanes whose threads have ended and that hold nothing more. The first lane stays: a
   thread may be putting another one in front of it. */
static void free_left_lanes(void)
{
    Lane *before = atomic_load(&lanes);
    while (before != NULL && before->next != NULL) {
        Lane *lane = before->next;
        Chunk *chunk = lane->head;
        if (atomic_load(&lane->left) && chunk->taken == atomic_load(&chunk->count) &&
            atomic_load(&chunk->next) == NULL) {
            before->next = lane->next;
            free_lane(lane);
        }
        else {
            before = lane;
        }
    }
}

#endif

/* Copy up to *limit* records in the order of time; returns how many. */
static size_t merge(Record *out, size_t limit, Source *heap, size_t size, uint64_t cut)
{
    size_t count = 0;
    for (size_t i = size / 2; i-- > 0;) {
        sink(heap, size, i);
    }
    while (size > 0 && count < limit) {
        Chunk *chunk = heap[0].lane->head;
        out[count++] = chunk->records[chunk->taken++];
        if (!stand(&heap[0], cut)) {
            heap[0] = heap[--size];
        }
        sink(heap, size, 0);
    }
    return count;
}

static size_t take_records(Record *out, size_t limit)
{
    uint64_t cut = now();
    fence_writers();
    size_t room_for = count_lanes() + 16;
    Source *heap = PyMem_RawMalloc(room_for * sizeof(Source));
    size_t size = 0;
    if (heap == NULL) {
        return 0;
    }
    for (Lane *lane = atomic_load(&lanes); lane != NULL && size < room_for; lane = lane->next) {
        wait_until_written(lane);
        heap[size].lane = lane;
        if (stand(&heap[size], cut)) {
            size++;
        }
    }
    size_t count = merge(out, limit, heap, size, cut);
    PyMem_RawFree(heap);
#ifdef Py_GIL_DISABLED
    free_left_lanes();
#endif
    return count;
}

/* take(limit, header) -> (bytearray, [(position, value), ...]) or None

   One batch of at most *limit* records in the order of time: *header* bytes for the caller to
   fill, then the columns of `engine.events.COLUMNS`. The list names the values that are no
   numbers; the caller writes theirs in. Only one thread at a time may call it. */
static PyObject *take(PyObject *module, PyObject *args)
{
    Py_ssize_t limit, header;
    if (!PyArg_ParseTuple(args, "nn", &limit, &header)) {
        return NULL;
    }
    Record *records = PyMem_RawMalloc((size_t)limit * sizeof(Record));
    if (records == NULL) {
        return PyErr_NoMemory();
    }
    size_t count = take_records(records, (size_t)limit);
    PyObject *batch = NULL, *objects = PyList_New(0), *result = NULL;
    if (count == 0 && objects != NULL) {
        result = Py_NewRef(Py_None);
    }
    else if (objects != NULL) {
        batch = PyByteArray_FromStringAndSize(NULL, header + (Py_ssize_t)(count * 32));
    }
    if (batch != NULL) {
        char *start = PyByteArray_AS_STRING(batch);
        memset(start, 0, (size_t)header);
        int64_t *values = (int64_t *)(start + header);
        uint64_t *times = (uint64_t *)(values + count);
        uint64_t *whats = times + count;
        uint32_t *threads = (uint32_t *)(whats + count);
        uint32_t *sites = threads + count;
        int bad = 0;
        for (size_t i = 0; i < count; i++) {
            const Record *r = &records[i];
            values[i] = r->value;
            times[i] = r->time;
            whats[i] = r->what;
            threads[i] = r->thread;
            sites[i] = r->site;
            if (r->what & IS_OBJECT) {
                PyObject *held = (PyObject *)(intptr_t)r->value;
                PyObject *pair = Py_BuildValue("(nN)", (Py_ssize_t)i, held);
                bad |= pair == NULL || PyList_Append(objects, pair) < 0;
                Py_XDECREF(pair);
                values[i] = 0;
                whats[i] &= ~IS_OBJECT;
            }
        }
        result = bad ? NULL : PyTuple_Pack(2, batch, objects);
    }
    PyMem_RawFree(records);
    Py_XDECREF(batch);
    Py_XDECREF(objects);
    return result;
}

/* append(value, what, site) or append(value, what, site, thread) */
static PyObject *append(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    uint32_t site;
    if (count != 3 && count != 4) {
        PyErr_SetString(PyExc_TypeError, "append(value, what, site[, thread])");
        return NULL;
    }
    uint64_t what = PyLong_AsUnsignedLongLong(args[1]);
    if ((what == (uint64_t)-1 && PyErr_Occurred()) || site_from(args[2], &site) < 0) {
        return NULL;
    }
    uint32_t thread = count == 4 ? (uint32_t)PyLong_AsUnsignedLong(args[3]) : this_thread();
    if (PyErr_Occurred()) {
        return NULL;
    }
    write_object(args[0], what, site, thread);
    Py_RETURN_NONE;
}

/* record(kind, obj=0, value=0, site=None, flags=0): see `Recorder.record`. */
static PyObject *record(PyObject *module, PyObject *const *args, Py_ssize_t count,
                        PyObject *names)
{
    static const char *const known[] = {"kind", "obj", "value", "site", "flags"};
    PyObject *given[5] = {NULL, NULL, NULL, NULL, NULL};
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < count && i < 5; i++) {
        given[i] = args[i];
    }
    for (Py_ssize_t i = 0; i < named; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        int position = 0;
        while (position < 5 && PyUnicode_CompareWithASCIIString(name, known[position]) != 0) {
            position++;
        }
        if (position == 5 || given[position] != NULL) {
            PyErr_SetString(PyExc_TypeError, "record(kind, obj=0, value=0, site=None, flags=0)");
            return NULL;
        }
        given[position] = args[count + i];
    }
    if (count > 5 || given[0] == NULL) {
        PyErr_SetString(PyExc_TypeError, "record(kind, obj=0, value=0, site=None, flags=0)");
        return NULL;
    }
    uint64_t kind = PyLong_AsUnsignedLong(given[0]);
    uint64_t obj = given[1] == NULL ? 0 : PyLong_AsUnsignedLongLong(given[1]);
    uint64_t flags = given[4] == NULL ? 0 : PyLong_AsUnsignedLong(given[4]);
    uint32_t site = 0;
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (given[3] == NULL || given[3] == Py_None) {
        site = users_site();
    }
    else if (site_from(given[3], &site) < 0) {
        return NULL;
    }
    uint64_t what = obj << 16 | flags << 8 | kind;
    uint32_t thread = this_thread();
    if (given[2] == NULL) {
        write_record(0, what, site, thread);
    }
    else {
        write_object(given[2], what, site, thread);
    }
    Py_RETURN_NONE;
}

/* user_at(depth) -> whether the code *depth* Python frames above the caller is the user's */
static PyObject *user_at(PyObject *module, PyObject *told)
{
    int depth = (int)PyLong_AsLong(told);
    if (PyErr_Occurred()) {
        return NULL;
    }
    Frame frame = frame_above(depth);
    int users = frame == NULL ? 0 : is_users(frame, depth);
    frame_leave(frame);
    return PyBool_FromLong(users);
}

/* site(file, line) -> number */
static PyObject *site(PyObject *module, PyObject *args)
{
    PyObject *file;
    int line;
    if (!PyArg_ParseTuple(args, "Ui", &file, &line)) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(site_of(file, line));
}

/* take_sites() -> [(number, file, line), ...]: those not yet told */
static PyObject *take_sites(PyObject *module, PyObject *unused)
{
    PyObject *fresh = PyList_New(0);
    if (fresh == NULL) {
        return NULL;
    }
    LOCK_TABLES();
    PyObject *told = new_sites;
    new_sites = fresh;
    UNLOCK_TABLES();
    return told;
}

/* sites() -> {(file, line): number}, a copy */
static PyObject *sites(PyObject *module, PyObject *unused)
{
    LOCK_TABLES();
    PyObject *copy = PyDict_Copy(site_numbers);
    UNLOCK_TABLES();
    return copy;
}

/* clear(): forget what was recorded and who the threads are; a fork's child begins anew. The
   lanes of threads that the fork has left behind are given up, not freed: the fork may have come
   in the middle of a record. */
static PyObject *clear(PyObject *module, PyObject *unused)
{
    atomic_store(&lanes, NULL);
    atomic_store(&pending, 0);
    atomic_store(&kept, 0);
    atomic_store(&held_up, 0);
    atomic_store(&lost, 0);
    mine.lane = NULL;
    generation++;
    Py_RETURN_NONE;
}

/* troubles() -> (times that a writer was held up, records lost for want of memory) */
static PyObject *troubles(PyObject *module, PyObject *unused)
{
    return Py_BuildValue("(kk)", atomic_load(&held_up), atomic_load(&lost));
}

/* clock() -> ns, to be compared with time.perf_counter_ns() */
static PyObject *read_clock(PyObject *module, PyObject *unused)
{
    return PyLong_FromUnsignedLongLong(now());
}
