/* Loaded before libc (LD_PRELOAD): a disk that is slow or full, and a clock that is set, for the process that has it.

   What is wrong stands in the file that FAULT_CONTROL names, mapped once, so that it can change at any moment: four
   64-bit numbers (nanoseconds that the wall clock is ahead, microseconds that a sync takes longer, microseconds that a
   write to a file takes longer, whether the disk is full), and the folder whose disk is meant. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    volatile int64_t ahead_ns, sync_us, write_us, full;
    char folder[3072];
};
static struct control nothing, *control = &nothing;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULT_CONTROL");
    if (!path) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return;
    void *found = mmap(NULL, sizeof *control, PROT_READ, MAP_SHARED, fd, 0);
    if (found != MAP_FAILED) control = found;
    syscall(SYS_close, fd);
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

static int is_meant(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return path[0] == '/' && strncmp(path, control->folder, strlen(control->folder)) == 0;
}

static void rest(int64_t microseconds) {
    if (microseconds <= 0) return;
    struct timespec left = {microseconds / 1000000, microseconds % 1000000 * 1000};
    int error = errno;
    while (nanosleep(&left, &left) != 0) continue;
    errno = error;
}

/* Whether the write may happen; a full disk says so, a slow one takes its time. */
static int may_write(int fd) {
    if ((!control->full && !control->write_us) || !is_meant(fd)) return 1;
    rest(control->write_us);
    if (!control->full) return 1;
    errno = ENOSPC;
    return 0;
}

ssize_t write(int fd, const void *data, size_t size) {
    return may_write(fd) ? REAL(ssize_t, write, int, const void *, size_t)(fd, data, size) : -1;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    return may_write(fd) ? REAL(ssize_t, writev, int, const struct iovec *, int)(fd, parts, count) : -1;
}

#define PWRITE(name, offset)                                                                                      \
    ssize_t name(int fd, const void *data, size_t size, offset at) {                                              \
        return may_write(fd) ? REAL(ssize_t, name, int, const void *, size_t, offset)(fd, data, size, at) : -1;   \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SYNC(name)                                                                                                \
    int name(int fd) {                                                                                            \
        if (control->sync_us && is_meant(fd)) rest(control->sync_us);                                             \
        return REAL(int, name, int)(fd);                                                                          \
    }
SYNC(fsync)
SYNC(fdatasync)

int clock_gettime(clockid_t clock, struct timespec *at) {
    int result = REAL(int, clock_gettime, clockid_t, struct timespec *)(clock, at);
    if (result == 0 && control->ahead_ns && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t whole = (int64_t)at->tv_sec * 1000000000 + at->tv_nsec + control->ahead_ns;
        at->tv_sec = whole / 1000000000;
        at->tv_nsec = whole % 1000000000;
    }
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec found;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &found) != 0) return -1;
    at->tv_sec = found.tv_sec;
    at->tv_usec = found.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (at) *at = found.tv_sec;
    return found.tv_sec;
}
