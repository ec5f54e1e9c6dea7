/*
 * Preloaded below Node and SQLite: a folder, or one file, meets I/O errors (EIO) for as long as another file says so. Nothing is done to
 * the files themselves.
 *
 * DISK_FAULTS: the file. Letters in it: l looking up a name (a disk of which nothing answers any more), o opening, r reading,
 * w writing and syncing, s syncing alone, m making, cutting, renaming, removing. DISK_FAULTS_OF: a folder, with all that is in it, or
 * one file; without a slash at its end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(result, name, ...) \
  static result (*real)(__VA_ARGS__); \
  if (real == NULL) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

/* By the kernel's own calls: these functions are replaced below. */
static long kernel(long number, long a, long b, long c, long d) {
  static long (*real)(long, ...);
  if (real == NULL) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  return real(number, a, b, c, d);
}

static int told(const char *which) {
  const char *file = getenv("DISK_FAULTS");
  if (file == NULL) return 0;
  char letters[16];
  int fd = (int)kernel(SYS_openat, AT_FDCWD, (long)file, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  long length = kernel(SYS_read, fd, (long)letters, sizeof letters - 1, 0);
  kernel(SYS_close, fd, 0, 0, 0);
  letters[length < 0 ? 0 : length] = 0;
  return strpbrk(letters, which) != NULL;
}

static int is_ours(const char *path) {
  const char *of = getenv("DISK_FAULTS_OF");
  if (of == NULL || path == NULL) return 0;
  size_t length = strlen(of);
  return strncmp(path, of, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int path_fails(const char *path, const char *which) {
  int kept = errno;
  int fails = is_ours(path) && told(which);
  errno = fails ? EIO : kept;
  return fails;
}

static int fd_fails(int fd, const char *which) {
  int kept = errno;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = kernel(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  int fails = is_ours(path) && told(which);
  errno = fails ? EIO : kept;
  return fails;
}

#define BY_FD(result, name, which, types, args) \
  result name types { \
    static result(*real) types; \
    if (real == NULL) real = (result(*) types)dlsym(RTLD_NEXT, #name); \
    return fd_fails(fd, which) ? -1 : real args; \
  }
BY_FD(ssize_t, read, "r", (int fd, void *to, size_t bytes), (fd, to, bytes))
BY_FD(ssize_t, readv, "r", (int fd, const struct iovec *parts, int count), (fd, parts, count))
BY_FD(ssize_t, pread64, "r", (int fd, void *to, size_t bytes, off_t at), (fd, to, bytes, at))
BY_FD(ssize_t, write, "w", (int fd, const void *from, size_t bytes), (fd, from, bytes))
BY_FD(ssize_t, writev, "w", (int fd, const struct iovec *parts, int count), (fd, parts, count))
BY_FD(ssize_t, pwrite64, "w", (int fd, const void *from, size_t bytes, off_t at), (fd, from, bytes, at))
BY_FD(int, ftruncate64, "m", (int fd, off_t size), (fd, size))
BY_FD(int, fsync, "sw", (int fd), (fd))
BY_FD(int, fdatasync, "sw", (int fd), (fd))
BY_FD(int, fchmod, "m", (int fd, mode_t mode), (fd, mode))

#define BY_PATH(result, name, which, types, args) \
  result name types { \
    static result(*real) types; \
    if (real == NULL) real = (result(*) types)dlsym(RTLD_NEXT, #name); \
    return path_fails(path, which) ? -1 : real args; \
  }
BY_PATH(int, access, "l", (const char *path, int how), (path, how))
BY_PATH(int, stat64, "l", (const char *path, struct stat64 *to), (path, to))
BY_PATH(int, lstat64, "l", (const char *path, struct stat64 *to), (path, to))
BY_PATH(int, __xstat, "l", (int version, const char *path, struct stat *to), (version, path, to))
BY_PATH(int, __lxstat, "l", (int version, const char *path, struct stat *to), (version, path, to))
BY_PATH(int, __xstat64, "l", (int version, const char *path, struct stat64 *to), (version, path, to))
BY_PATH(int, __lxstat64, "l", (int version, const char *path, struct stat64 *to), (version, path, to))
BY_PATH(int, mkdir, "lm", (const char *path, mode_t mode), (path, mode))
BY_PATH(int, chmod, "lm", (const char *path, mode_t mode), (path, mode))
BY_PATH(int, unlink, "lm", (const char *path), (path))
BY_PATH(int, rename, "lm", (const char *path, const char *to), (path, to))

#define OPENING(name, types, args, last) \
  int name types { \
    static int(*real) types; \
    if (real == NULL) real = (int(*) types)dlsym(RTLD_NEXT, #name); \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
      va_list rest; \
      va_start(rest, last); \
      mode = va_arg(rest, mode_t); \
      va_end(rest); \
    } \
    int makes = (flags & O_CREAT) != 0 && kernel(SYS_faccessat, AT_FDCWD, (long)path, F_OK, 0) != 0; \
    return path_fails(path, makes ? "lom" : "lo") ? -1 : real args; \
  }
OPENING(open, (const char *path, int flags, ...), (path, flags, mode), flags)
OPENING(open64, (const char *path, int flags, ...), (path, flags, mode), flags)
OPENING(openat, (int from, const char *path, int flags, ...), (from, path, flags, mode), flags)

/* Node asks the kernel for statx by its number. */
long syscall(long number, ...) {
  REAL(long, "syscall", long, ...);
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long);
  long d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_statx && path_fails((const char *)b, "l")) return -1;
  return real(number, a, b, c, d, e, f);
}
