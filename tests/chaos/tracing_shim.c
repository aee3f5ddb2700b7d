/* Loaded before libc (LD_PRELOAD): tells every write, cut and sync of the process to the file that TRACED_CALLS names,
   as strace would with -f and -y, one line when a call begins and one when it has returned. Both are appended by one
   write each, so that their order in the file is the order in which they happened. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int trace = -1;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TRACED_CALLS");
    if (path) trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static void line(const char *text, size_t length) {
    if (trace >= 0) (void)!syscall(SYS_write, trace, text, length);
}

static void entered(const char *name, int fd, const struct iovec *parts, int count) {
    char link[64], path[4096];
    size_t bytes = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    for (int part = 0; part < count; part++) bytes += parts[part].iov_len;
    char *text = malloc(bytes + sizeof path + 200);
    if (!text) abort();
    size_t at = (size_t)sprintf(text, "%d %s(%d<%s>, \"", (int)syscall(SYS_gettid), name, fd, path);
    for (int part = 0; part < count; part++)
        for (size_t place = 0; place < parts[part].iov_len; place++) {
            unsigned char byte = ((unsigned char *)parts[part].iov_base)[place];
            text[at++] = byte >= 32 && byte < 127 ? (char)byte : '.';
        }
    at += (size_t)sprintf(text + at, "\" <unfinished ...>\n");
    line(text, at);
    free(text);
}

static ssize_t left(const char *name, ssize_t result) {
    int error = errno;
    char text[128];
    int length = snprintf(text, sizeof text, "%d <... %s resumed>) = %zd \n", (int)syscall(SYS_gettid), name, result);
    line(text, (size_t)length);
    errno = error;
    return result;
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    entered("write", fd, &(struct iovec){(void *)data, size}, 1);
    return left("write", REAL(ssize_t, write, int, const void *, size_t)(fd, data, size));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    entered("writev", fd, parts, count);
    return left("writev", REAL(ssize_t, writev, int, const struct iovec *, int)(fd, parts, count));
}

ssize_t send(int fd, const void *data, size_t size, int flags) {
    entered("sendto", fd, &(struct iovec){(void *)data, size}, 1);
    return left("sendto", REAL(ssize_t, send, int, const void *, size_t, int)(fd, data, size, flags));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    entered("sendmsg", fd, message->msg_iov, (int)message->msg_iovlen);
    return left("sendmsg", REAL(ssize_t, sendmsg, int, const struct msghdr *, int)(fd, message, flags));
}

#define PWRITE(name, offset)                                                                                      \
    ssize_t name(int fd, const void *data, size_t size, offset at) {                                              \
        entered("pwrite64", fd, &(struct iovec){(void *)data, size}, 1);                                          \
        return left("pwrite64", REAL(ssize_t, name, int, const void *, size_t, offset)(fd, data, size, at));      \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define CUT(name, offset)                                                                                         \
    int name(int fd, offset length) {                                                                             \
        entered("ftruncate", fd, NULL, 0);                                                                        \
        return (int)left("ftruncate", REAL(int, name, int, offset)(fd, length));                                  \
    }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

#define SYNC(name)                                                                                                \
    int name(int fd) {                                                                                            \
        entered(#name, fd, NULL, 0);                                                                              \
        return (int)left(#name, REAL(int, name, int)(fd));                                                        \
    }
SYNC(fsync)
SYNC(fdatasync)
