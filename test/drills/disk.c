// Preloaded into a server, it stands between it and its disk, for the files below DRILL_FOLDER:
// every write, truncation and removal that succeeds and every sync go to the log DRILL_LOG, in their order,
// and those that the control file DRILL_CONTROL asks for fail. Threads of the server may come at once.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_FDS = 8192, MAX_NAMES = 64, NAME_LENGTH = 64 };
enum { TARGET_WRITE = 1, TARGET_SYNC = 2 };
enum { FAULT_EIO = 1, FAULT_ENOSPC = 2, FAULT_SHORT = 3, FAULT_KILL = 4 };

// The driver writes the first five, and may at any time; the library counts in the rest.
struct control {
  volatile uint32_t target;
  volatile uint32_t fault;
  volatile uint32_t skip;
  volatile uint32_t times;
  // Whether the log of the database is left alone, so that a checkpoint is what fails.
  volatile uint32_t spares_log;
  volatile uint32_t failed;
  volatile uint32_t writes;
  volatile uint32_t syncs;
};

struct record {
  uint32_t operation;
  uint32_t length;
  uint64_t offset;
  char name[NAME_LENGTH];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[4096];
static struct control *control;
static int log_fd = -1;
static char names[MAX_FDS][NAME_LENGTH];

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);

__attribute__((constructor)) static void prepare(void) {
  real_open = dlsym(RTLD_NEXT, "open");
  real_close = dlsym(RTLD_NEXT, "close");
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_rename = dlsym(RTLD_NEXT, "rename");
  const char *given = getenv("DRILL_FOLDER");
  if (given == NULL) {
    return;
  }
  strncpy(folder, given, sizeof folder - 1);
  const char *log = getenv("DRILL_LOG");
  if (log != NULL) {
    log_fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  const char *controls = getenv("DRILL_CONTROL");
  int fd = controls == NULL ? -1 : real_open(controls, O_RDWR | O_CLOEXEC);
  if (fd >= 0) {
    void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    control = page == MAP_FAILED ? NULL : page;
    real_close(fd);
  }
}

// The file's name within the folder; NULL for one outside it, and for the memory that is no file.
static const char *name_within(const char *path) {
  size_t length = strlen(folder);
  if (length == 0 || strncmp(path, folder, length) != 0 || path[length] != '/') {
    return NULL;
  }
  const char *name = path + length + 1;
  size_t end = strlen(name);
  return end >= NAME_LENGTH || (end > 4 && strcmp(name + end - 4, "-shm") == 0) ? NULL : name;
}

static const char *name_of(int fd) {
  return fd >= 0 && fd < MAX_FDS && names[fd][0] != 0 ? names[fd] : NULL;
}

static void record(char operation, const char *name, uint64_t offset, const void *data, size_t length) {
  if (log_fd < 0) {
    return;
  }
  struct record head = {.operation = operation, .length = length, .offset = offset};
  strncpy(head.name, name, NAME_LENGTH - 1);
  struct iovec parts[] = {{&head, sizeof head}, {(void *)data, length}};
  if (writev(log_fd, parts, 2) != (ssize_t)(sizeof head + length)) {
    abort();
  }
}

// Which fault is due for this call; 0 for none.
static uint32_t fault_of(uint32_t target, const char *name) {
  if (control == NULL) {
    return 0;
  }
  if (target == TARGET_WRITE) {
    control->writes++;
  } else {
    control->syncs++;
  }
  if (control->target != target || control->times == 0) {
    return 0;
  }
  if (control->spares_log && strstr(name, "-wal") != NULL) {
    return 0;
  }
  if (control->skip > 0) {
    control->skip--;
    return 0;
  }
  control->times--;
  control->failed++;
  if (control->fault == FAULT_KILL) {
    kill(getpid(), SIGKILL);
  }
  return control->fault;
}

static int opened(int fd, const char *path, int flags) {
  const char *name = fd < 0 || fd >= MAX_FDS ? NULL : name_within(path);
  if (name != NULL) {
    pthread_mutex_lock(&lock);
    strncpy(names[fd], name, NAME_LENGTH - 1);
    if (flags & O_TRUNC) {
      record('T', name, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
  }
  return fd;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = va_arg(rest, int);
  va_end(rest);
  return opened(real_open(path, flags, mode), path, flags);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = va_arg(rest, int);
  va_end(rest);
  return opened(real_open(path, flags | O_LARGEFILE, mode), path, flags);
}

int close(int fd) {
  if (name_of(fd) != NULL) {
    names[fd][0] = 0;
  }
  return real_close(fd);
}

static ssize_t write_at(int fd, const void *data, size_t length, off_t offset, int is_positioned) {
  const char *name = name_of(fd);
  if (name == NULL) {
    return is_positioned ? real_pwrite(fd, data, length, offset) : real_write(fd, data, length);
  }
  pthread_mutex_lock(&lock);
  uint32_t fault = fault_of(TARGET_WRITE, name);
  ssize_t written = -1;
  int error = fault == FAULT_ENOSPC ? ENOSPC : EIO;
  if (fault == 0 || fault == FAULT_SHORT) {
    size_t part = fault == 0 ? length : length / 2;
    off_t at = is_positioned ? offset : lseek(fd, 0, SEEK_CUR);
    written = real_pwrite(fd, data, part, at);
    error = errno;
    if (written > 0) {
      if (!is_positioned) {
        lseek(fd, at + written, SEEK_SET);
      }
      record('W', name, at, data, written);
    }
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return written;
}

ssize_t write(int fd, const void *data, size_t length) {
  return write_at(fd, data, length, 0, 0);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
  return write_at(fd, data, length, offset, 1);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset) {
  return write_at(fd, data, length, offset, 1);
}

static int sync_by(int (*real)(int), int fd) {
  const char *name = name_of(fd);
  if (name == NULL) {
    return real(fd);
  }
  pthread_mutex_lock(&lock);
  uint32_t fault = fault_of(TARGET_SYNC, name);
  int result = fault == 0 ? real(fd) : -1;
  int error = fault == FAULT_ENOSPC ? ENOSPC : fault == 0 ? errno : EIO;
  record(result == 0 ? 'S' : 'F', name, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int fsync(int fd) {
  return sync_by(real_fsync, fd);
}

int fdatasync(int fd) {
  return sync_by(real_fdatasync, fd);
}

int ftruncate(int fd, off_t length) {
  int result = real_ftruncate(fd, length);
  const char *name = name_of(fd);
  if (result == 0 && name != NULL) {
    pthread_mutex_lock(&lock);
    record('T', name, length, NULL, 0);
    pthread_mutex_unlock(&lock);
  }
  return result;
}

int ftruncate64(int fd, off_t length) {
  return ftruncate(fd, length);
}

int unlink(const char *path) {
  int result = real_unlink(path);
  const char *name = name_within(path);
  if (result == 0 && name != NULL) {
    pthread_mutex_lock(&lock);
    record('U', name, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
  }
  return result;
}

int rename(const char *from, const char *to) {
  int result = real_rename(from, to);
  const char *name = name_within(from);
  const char *renamed = name_within(to);
  if (result == 0 && name != NULL && renamed != NULL) {
    pthread_mutex_lock(&lock);
    record('R', name, 0, renamed, strlen(renamed));
    pthread_mutex_unlock(&lock);
  }
  return result;
}
