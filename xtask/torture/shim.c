/* Stands between farun and the file system (LD_PRELOAD), for `cargo xtask torture power` and `disk`.
 *
 * FARUN_SHIM_FOLDER  only files below this folder are looked at
 * FARUN_SHIM_RECORD  every change of a file is appended here, in the order in which it happened
 * FARUN_SHIM_FAULT   while this file exists, calls fail as it says: lines of "<call> <errno>", call being one of
 *                    write, sync, open
 * FARUN_SHIM_SLOW    deadlines (the monotonic clock) pass so many times slower
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, SYNC, TRUNCATE, UNLINK, RENAME, CREATE };

#define FILES 65536
static char *paths[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;
static const char *folder, *fault;
static int ready;
static int64_t slow, slow_since;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);
static int (*real_unlinkat)(int, const char *, int);
static int (*real_rename)(const char *, const char *);
static int (*real_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    real_open = dlsym(RTLD_NEXT, "open64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_write = dlsym(RTLD_NEXT, "write");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_unlinkat = dlsym(RTLD_NEXT, "unlinkat");
    real_rename = dlsym(RTLD_NEXT, "rename");
    real_clock = dlsym(RTLD_NEXT, "clock_gettime");
    const char *times = getenv("FARUN_SHIM_SLOW");
    struct timespec now;
    if (times && real_clock(CLOCK_MONOTONIC, &now) == 0) {
        slow_since = now.tv_sec * 1000000000LL + now.tv_nsec;
        slow = atoll(times);
    }
    folder = getenv("FARUN_SHIM_FOLDER");
    fault = getenv("FARUN_SHIM_FAULT");
    const char *to = getenv("FARUN_SHIM_RECORD");
    if (to) record = real_open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ready = 1;
}

/* Files that hold data: below the folder, neither the shared memory of the log (made anew) nor the log of the server. */
static int counts(const char *path) {
    if (!folder || !path || strncmp(path, folder, strlen(folder)) != 0) return 0;
    size_t length = strlen(path);
    if (length > 4 && strcmp(path + length - 4, "-shm") == 0) return 0;
    if (length > 4 && strcmp(path + length - 4, ".log") == 0) return 0;
    return 1;
}

static const char *path_of(int fd) { return fd >= 0 && fd < FILES ? paths[fd] : NULL; }

static void note(int op, const char *path, uint64_t offset, const void *data, uint64_t length) {
    if (record < 0) return;
    struct { uint32_t op, path; uint64_t offset, length; } head = {op, strlen(path), offset, length};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)data, data ? length : 0}};
    if (!data) head.length = 0;
    if (real_writev(record, parts, data ? 3 : 2) < 0) abort();
}

/* The error that a call has to fail with now, or 0. */
static int failing(const char *call) {
    if (!fault) return 0;
    int fd = real_open(fault, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[256] = {0};
    ssize_t length = read(fd, text, sizeof text - 1);
    real_close(fd);
    if (length <= 0) return 0;
    char name[16];
    int code, used, result = 0;
    for (char *at = text; sscanf(at, "%15s %d%n", name, &code, &used) == 2; at += used)
        if (strcmp(name, call) == 0) result = code;
    return result;
}

static int opened(const char *path, int flags, mode_t mode) {
    if (!ready) begin();
    if (!counts(path)) {
        int fd = real_open(path, flags, mode);
        return fd;
    }
    int code = failing("open");
    if (code) { errno = code; return -1; }
    pthread_mutex_lock(&lock);
    struct stat before;
    int is_new = (flags & O_CREAT) && stat(path, &before) != 0;
    int fd = real_open(path, flags, mode);
    int kept = errno;
    if (fd >= 0 && fd < FILES) {
        free(paths[fd]);
        paths[fd] = strdup(path);
        if (is_new) note(CREATE, path, 0, NULL, 0);
        else if (flags & O_TRUNC) note(TRUNCATE, path, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
    return fd;
}

#define MODE(flags, mode) \
    do { va_list list; va_start(list, flags); mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(list, mode_t) : 0; va_end(list); } while (0)

int open(const char *path, int flags, ...) { mode_t mode; MODE(flags, mode); return opened(path, flags, mode); }
int open64(const char *path, int flags, ...) { mode_t mode; MODE(flags, mode); return opened(path, flags, mode); }

int close(int fd) {
    if (!ready) begin();
    if (fd >= 0 && fd < FILES && paths[fd]) {
        pthread_mutex_lock(&lock);
        free(paths[fd]);
        paths[fd] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return real_close(fd);
}

static ssize_t written(int fd, const void *data, size_t length, off_t offset, int at_offset) {
    const char *path = path_of(fd);
    if (!path) return at_offset ? real_pwrite(fd, data, length, offset) : real_write(fd, data, length);
    int code = failing("write");
    if (code) { errno = code; return -1; }
    pthread_mutex_lock(&lock);
    if (!at_offset) {
        int flags = fcntl(fd, F_GETFL);
        offset = lseek(fd, 0, (flags & O_APPEND) ? SEEK_END : SEEK_CUR);
    }
    ssize_t count = at_offset ? real_pwrite(fd, data, length, offset) : real_write(fd, data, length);
    int kept = errno;
    if (count > 0) note(WRITE, path, offset, data, count);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return count;
}

ssize_t write(int fd, const void *data, size_t length) { if (!ready) begin(); return written(fd, data, length, 0, 0); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return written(fd, data, length, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset) { return written(fd, data, length, offset, 1); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!ready) begin();
    if (!path_of(fd)) return real_writev(fd, parts, count);
    ssize_t total = 0;
    for (int at = 0; at < count; at++) {
        ssize_t done = written(fd, parts[at].iov_base, parts[at].iov_len, 0, 0);
        if (done < 0) return total ? total : done;
        total += done;
    }
    return total;
}

static int synced(int fd, int (*real)(int)) {
    const char *path = path_of(fd);
    if (!path) return real(fd);
    int code = failing("sync");
    if (code) { errno = code; return -1; }
    pthread_mutex_lock(&lock);
    int result = real(fd);
    int kept = errno;
    if (result == 0) note(SYNC, path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

static int truncated(int fd, off_t length) {
    const char *path = path_of(fd);
    if (!path) return real_ftruncate(fd, length);
    int code = failing("write");
    if (code) { errno = code; return -1; }
    pthread_mutex_lock(&lock);
    int result = real_ftruncate(fd, length);
    int kept = errno;
    if (result == 0) note(TRUNCATE, path, length, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int ftruncate(int fd, off_t length) { return truncated(fd, length); }
int ftruncate64(int fd, off_t length) { return truncated(fd, length); }

int unlink(const char *path) {
    if (!ready) begin();
    if (!counts(path)) return real_unlink(path);
    pthread_mutex_lock(&lock);
    int result = real_unlink(path);
    int kept = errno;
    if (result == 0) note(UNLINK, path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int unlinkat(int at, const char *path, int flags) {
    if (!ready) begin();
    int result = real_unlinkat(at, path, flags);
    if (result == 0 && counts(path)) note(UNLINK, path, 0, NULL, 0);
    return result;
}

int rename(const char *from, const char *to) {
    if (!ready) begin();
    if (!counts(from) || !counts(to)) return real_rename(from, to);
    pthread_mutex_lock(&lock);
    int result = real_rename(from, to);
    int kept = errno;
    if (result == 0) note(RENAME, from, 0, to, strlen(to));
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    if (!real_clock) real_clock = dlsym(RTLD_NEXT, "clock_gettime");
    int done = real_clock(clock, out);
    if (done == 0 && slow > 0 && clock == CLOCK_MONOTONIC) {
        int64_t now = slow_since + (out->tv_sec * 1000000000LL + out->tv_nsec - slow_since) / slow;
        out->tv_sec = now / 1000000000LL;
        out->tv_nsec = now % 1000000000LL;
    }
    return done;
}
