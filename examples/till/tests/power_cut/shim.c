/* Stands before the C library in a till: writes down, in order, what the till
 * does to files in one folder, and what it answers on standard output. Linux,
 * 64 bits. TILL_TRACE_FOLDER, TILL_TRACE_LOG.
 *
 * A record: op, length of the name, name, offset, length of the data, data;
 * numbers in 8 bytes of this machine. Ops: o opened to be made, w written,
 * t truncated (offset: to), s made safe, r renamed (data: to), a answered. The
 * folder's name is ".".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;

static void put(const void *bytes, size_t length) {
    if (syscall(SYS_write, log_file, bytes, length) != (long)length) abort();
}

/* The name of an open file in the folder, or NULL. */
static const char *name_of(int file, char path[4096]) {
    const char *folder = getenv("TILL_TRACE_FOLDER");
    char link[64];
    if (folder == NULL) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0) return NULL;
    path[length] = 0;
    size_t prefix = strlen(folder);
    if (strncmp(path, folder, prefix) != 0) return NULL;
    if (path[prefix] == 0) return ".";
    return path[prefix] == '/' ? path + prefix + 1 : NULL;
}

static void note(char op, const char *name, uint64_t offset, const void *data, uint64_t length) {
    if (log_file < 0) {
        log_file = (int)syscall(SYS_openat, AT_FDCWD, getenv("TILL_TRACE_LOG"),
                                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (log_file < 0) abort();
    }
    uint64_t name_length = strlen(name);
    put(&op, 1);
    put(&name_length, sizeof name_length);
    put(name, name_length);
    put(&offset, sizeof offset);
    put(&length, sizeof length);
    if (data != NULL && length > 0) put(data, length);
}

/* One operation at a time, written down before it is done. */
#define IN_ORDER(file, op, offset, data, length, call)              \
    char path[4096];                                                \
    const char *name = name_of(file, path);                         \
    if (name == NULL) return call;                                  \
    pthread_mutex_lock(&order);                                     \
    note(op, name, offset, data, length);                           \
    long result = call;                                             \
    pthread_mutex_unlock(&order);                                   \
    return result;

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
    IN_ORDER(file, 'w', (uint64_t)offset, data, length,
             syscall(SYS_pwrite64, file, data, length, offset))
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset) {
    return pwrite64(file, data, length, offset);
}

ssize_t write(int file, const void *data, size_t length) {
    if (file == 1 && getenv("TILL_TRACE_FOLDER") != NULL) {
        pthread_mutex_lock(&order);
        note('a', "-", 0, data, length);
        long result = syscall(SYS_write, file, data, length);
        pthread_mutex_unlock(&order);
        return result;
    }
    IN_ORDER(file, 'w', (uint64_t)lseek(file, 0, SEEK_CUR), data, length,
             syscall(SYS_write, file, data, length))
}

int ftruncate64(int file, off64_t length) {
    IN_ORDER(file, 't', (uint64_t)length, NULL, 0, syscall(SYS_ftruncate, file, length))
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int fsync(int file) { IN_ORDER(file, 's', 0, NULL, 0, syscall(SYS_fsync, file)) }

int fdatasync(int file) { IN_ORDER(file, 's', 0, NULL, 0, syscall(SYS_fdatasync, file)) }

int rename(const char *from, const char *to) {
    const char *folder = getenv("TILL_TRACE_FOLDER");
    size_t prefix = folder == NULL ? 0 : strlen(folder);
    pthread_mutex_lock(&order);
    if (folder != NULL && strncmp(from, folder, prefix) == 0 && from[prefix] == '/')
        note('r', from + prefix + 1, 0, to + prefix + 1, strlen(to + prefix + 1));
    int result = (int)syscall(SYS_rename, from, to);
    pthread_mutex_unlock(&order);
    return result;
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = (flags & O_CREAT) ? va_arg(more, int) : 0;
    va_end(more);
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    char found[4096];
    const char *name = file >= 0 && (flags & O_CREAT) ? name_of(file, found) : NULL;
    if (name != NULL) {
        pthread_mutex_lock(&order);
        note('o', name, 0, NULL, 0);
        if (flags & O_TRUNC) note('t', name, 0, NULL, 0);
        pthread_mutex_unlock(&order);
    }
    return file;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = (flags & O_CREAT) ? va_arg(more, int) : 0;
    va_end(more);
    return open64(path, flags, mode);
}
