/* Counts how often a thread waits for a lock, in whatever Python, without touching it: CPython
   tries first (sem_trywait) and waits without a time-out by sem_wait. Preloaded by LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_long waits;

long threadlab_waits(void)
{
    return atomic_load(&waits);
}

int sem_wait(sem_t *semaphore)
{
    static int (*bare)(sem_t *);
    if (bare == NULL) {
        bare = (int (*)(sem_t *))dlsym(RTLD_NEXT, "sem_wait");
    }
    atomic_fetch_add(&waits, 1);
    return bare(semaphore);
}
