/*
 * Preloaded below SQLite: writes down what a process does to its database files, so that a power cut can be played afterwards
 * (power-cut.ts). Nothing is changed for the process. A record is written before a write is done and after a sync is done, so the
 * log never claims more than the disk was told.
 *
 * DISK_LOG: the log, appended to. DISK_LOG_FILES: the path all watched files begin with ("…/box.sqlite").
 * Record: u8 operation (W write, T truncate, S synced, U unlinked, D their folder synced) · u8 length of name · u16 0 · u32 bytes of
 * data · u64 offset or size · name · data; little-endian.
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
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS_MAX 4096
#define NAME_MAX_BYTES 255

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static const char *prefix;
static size_t prefix_length;
/* Of the prefix, up to its last slash, and without it. */
static size_t folder_length;
/* NULL: not looked at; else ours, by the rest of the path after the prefix, or one of these. */
static char *names[FDS_MAX];
static char not_ours[1];
static char the_folder[1];

static void start(void) {
  if (log_fd != -1) return;
  const char *path = getenv("DISK_LOG");
  prefix = getenv("DISK_LOG_FILES");
  if (path == NULL || prefix == NULL) {
    log_fd = -2;
    return;
  }
  prefix_length = strlen(prefix);
  const char *slash = strrchr(prefix, '/');
  folder_length = slash == NULL ? 0 : (size_t)(slash - prefix);
  /* Not by our own open, which waits for the lock we hold. */
  log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0) abort();
}

static const char *rest_of(const char *path) {
  return path != NULL && strncmp(path, prefix, prefix_length) == 0 ? path + prefix_length : NULL;
}

/* What is behind fd. */
static const char *behind(int fd) {
  start();
  if (log_fd < 0 || fd < 0 || fd >= FDS_MAX) return not_ours;
  if (names[fd] == NULL) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    const char *rest = rest_of(path);
    /* The index of the write-ahead log is memory, never durable; SQLite makes it anew. */
    int is_ours = rest != NULL && strcmp(rest, "-shm") != 0;
    int is_folder = strlen(path) == folder_length && strncmp(path, prefix, folder_length) == 0;
    names[fd] = is_ours ? strdup(rest) : is_folder ? the_folder : not_ours;
  }
  return names[fd];
}

/* Name of a watched file behind fd, or NULL. */
static const char *watched(int fd) {
  const char *name = behind(fd);
  return name == not_ours || name == the_folder ? NULL : name;
}

static void forget(int fd) {
  if (fd < 0 || fd >= FDS_MAX || names[fd] == NULL) return;
  if (names[fd] != not_ours && names[fd] != the_folder) free(names[fd]);
  names[fd] = NULL;
}

static void note(char operation, const char *name, const void *data, uint32_t bytes, uint64_t at) {
  unsigned char head[16 + NAME_MAX_BYTES];
  size_t length = strlen(name);
  if (length > NAME_MAX_BYTES) abort();
  uint16_t zero = 0;
  head[0] = (unsigned char)operation;
  head[1] = (unsigned char)length;
  memcpy(head + 2, &zero, 2);
  memcpy(head + 4, &bytes, 4);
  memcpy(head + 8, &at, 8);
  memcpy(head + 16, name, length);
  struct iovec parts[2] = {{head, 16 + length}, {(void *)data, bytes}};
  if (writev(log_fd, parts, data == NULL ? 1 : 2) < 0) abort();
}

#define REAL(result, name, ...) \
  static result (*real)(__VA_ARGS__); \
  if (real == NULL) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static ssize_t logged_pwrite(int fd, const void *data, size_t bytes, off_t at, ssize_t (*real)(int, const void *, size_t, off_t)) {
  pthread_mutex_lock(&mutex);
  const char *name = watched(fd);
  if (name != NULL) note('W', name, data, (uint32_t)bytes, (uint64_t)at);
  pthread_mutex_unlock(&mutex);
  return real(fd, data, bytes, at);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  return logged_pwrite(fd, data, bytes, at, real);
}
ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
  return logged_pwrite(fd, data, bytes, at, real);
}

ssize_t write(int fd, const void *data, size_t bytes) {
  REAL(ssize_t, "write", int, const void *, size_t);
  pthread_mutex_lock(&mutex);
  const char *name = watched(fd);
  /* SQLite seeks and writes where it has no pwrite. */
  if (name != NULL) note('W', name, data, (uint32_t)bytes, (uint64_t)lseek(fd, 0, SEEK_CUR));
  pthread_mutex_unlock(&mutex);
  return real(fd, data, bytes);
}

static int logged_truncate(int fd, off_t size, int (*real)(int, off_t)) {
  pthread_mutex_lock(&mutex);
  const char *name = watched(fd);
  if (name != NULL) note('T', name, NULL, 0, (uint64_t)size);
  pthread_mutex_unlock(&mutex);
  return real(fd, size);
}
int ftruncate(int fd, off_t size) {
  REAL(int, "ftruncate", int, off_t);
  return logged_truncate(fd, size, real);
}
int ftruncate64(int fd, off_t size) {
  REAL(int, "ftruncate64", int, off_t);
  return logged_truncate(fd, size, real);
}

static int logged_sync(int fd, int (*real)(int)) {
  int result = real(fd);
  if (result != 0) return result;
  pthread_mutex_lock(&mutex);
  const char *name = behind(fd);
  if (name == the_folder) note('D', "", NULL, 0, 0);
  else if (name != not_ours) note('S', name, NULL, 0, 0);
  pthread_mutex_unlock(&mutex);
  return result;
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  return logged_sync(fd, real);
}
int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return logged_sync(fd, real);
}

int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  pthread_mutex_lock(&mutex);
  start();
  const char *rest = log_fd < 0 ? NULL : rest_of(path);
  if (rest != NULL && strcmp(rest, "-shm") != 0) note('U', rest, NULL, 0, 0);
  pthread_mutex_unlock(&mutex);
  return real(path);
}

static int logged_open(const char *path, int flags, int fd) {
  if (fd < 0) return fd;
  int kept = errno;
  pthread_mutex_lock(&mutex);
  forget(fd);
  if (flags & O_TRUNC) {
    const char *name = watched(fd);
    if (name != NULL) note('T', name, NULL, 0, 0);
  }
  pthread_mutex_unlock(&mutex);
  errno = kept;
  (void)path;
  return fd;
}

#define OPEN(symbol) \
  int symbol(const char *path, int flags, ...) { \
    REAL(int, #symbol, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return logged_open(path, flags, real(path, flags, mode)); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(symbol) \
  int symbol(int folder, const char *path, int flags, ...) { \
    REAL(int, #symbol, int, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return logged_open(path, flags, real(folder, path, flags, mode)); \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  REAL(int, "close", int);
  pthread_mutex_lock(&mutex);
  forget(fd);
  pthread_mutex_unlock(&mutex);
  return real(fd);
}
