// SPDX-License-Identifier: GPL-2.0-only
/* Operations on the file as any file: open, close, dup, and what VFS answers. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "ops.h"

/* f, flags */
void diff_op_open(struct diff_run *run, const long *arg)
{
	int fd;

	if (run->fd[arg[0]] >= 0) {
		diff_log(run, " skip");
		return;
	}
	fd = open(run->side->device, arg[1] | O_NONBLOCK, 0600);
	run->fd[arg[0]] = fd;
	run->tunnel_of[arg[0]] = -1;
	diff_log_ret(run, fd < 0 ? -errno : 0);
	diff_allowed_hit("fd-number");
}

/* f */
void diff_op_close(struct diff_run *run, const long *arg)
{
	long ret = diff_ret(close(run->fd[arg[0]]));

	run->fd[arg[0]] = -1;
	diff_log_ret(run, ret);
}

/* f, to */
void diff_op_dup(struct diff_run *run, const long *arg)
{
	int fd;

	if (run->fd[arg[1]] >= 0) {
		diff_log(run, " skip");
		return;
	}
	fd = dup(run->fd[arg[0]]);
	run->fd[arg[1]] = fd;
	run->tunnel_of[arg[1]] = run->tunnel_of[arg[0]];
	diff_log_ret(run, fd < 0 ? -errno : 0);
}

/* f: what does not depend on the machine: pos, flags, iff */
void diff_op_fdinfo(struct diff_run *run, const long *arg)
{
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", run->fd[arg[0]]);
	file = fopen(path, "re");
	if (!file) {
		diff_log_ret(run, -errno);
		return;
	}
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "pos:", 4) && strncmp(line, "flags:", 6) &&
		    strncmp(line, "iff:", 4)) {
			diff_allowed_hit("fdinfo-ids");
			continue;
		}
		line[strcspn(line, ":")] = '\0';
		diff_log_bytes(run, line, line + strlen(line) + 1,
			       strlen(line + strlen(line) + 1));
	}
	fclose(file);
}

/* f: no device number but that of the node */
void diff_op_stat(struct diff_run *run, const long *arg)
{
	struct stat st;
	long ret = diff_ret(fstat(run->fd[arg[0]], &st));

	diff_log_ret(run, ret);
	if (ret < 0)
		return;
	diff_log(run, " type=%o size=%ld rdev=%u:%u", st.st_mode & S_IFMT,
		 (long)st.st_size, major(st.st_rdev), minor(st.st_rdev));
}

enum {
	SEEK, SEEK_BAD, MAP, SYNC, DATASYNC, TRUNCATE, ALLOCATE, ADVISE, AHEAD,
	SYNC_RANGE, LEASE, SOCKNAME, SPLICE_OUT, SPLICE_IN, SEND_OUT, SEND_IN,
	COPY_RANGE, QSIZE, GETPIPE, MAP_SHARED_RO, FLOCK,
};

static const struct diff_value diff_pool_vfs_values[] = {
	{ "lseek", SEEK }, { "lseek_bad", SEEK_BAD }, { "mmap", MAP },
	{ "mmap_ro", MAP_SHARED_RO }, { "fsync", SYNC },
	{ "fdatasync", DATASYNC }, { "ftruncate", TRUNCATE },
	{ "fallocate", ALLOCATE }, { "fadvise", ADVISE },
	{ "readahead", AHEAD }, { "sync_range", SYNC_RANGE },
	{ "lease", LEASE }, { "getsockname", SOCKNAME },
	{ "splice_out", SPLICE_OUT }, { "splice_in", SPLICE_IN },
	{ "sendfile_out", SEND_OUT }, { "sendfile_in", SEND_IN },
	{ "copy_range", COPY_RANGE }, { "fioqsize", QSIZE },
	{ "getpipe", GETPIPE }, { "flock", FLOCK },
};

DIFF_POOL(diff_pool_vfs, "call", .plain = 0);

static long map_it(int fd, int prot)
{
	void *at = mmap(NULL, 4096, prot, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	munmap(at, 4096);
	return 0;
}

/* Between the file and a pipe with a few bytes in it. */
static long with_pipe(int fd, long call)
{
	int ends[2];
	long ret;

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) || write(ends[1], "E...", 4) < 0)
		return -1000;
	if (call == SPLICE_OUT)
		ret = splice(fd, NULL, ends[1], NULL, 100, SPLICE_F_NONBLOCK);
	else
		ret = splice(ends[0], NULL, fd, NULL, 4, SPLICE_F_NONBLOCK);
	ret = diff_ret(ret);
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static long with_file(int fd, long call)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	long ret;

	if (call == SEND_OUT)
		ret = sendfile(null, fd, NULL, 100);
	else if (call == SEND_IN)
		ret = sendfile(fd, file, NULL, 100);
	else
		ret = copy_file_range(file, NULL, fd, NULL, 100, 0);
	ret = diff_ret(ret);
	close(null);
	close(file);
	return ret;
}

static long vfs_call(int fd, long call)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	long long size;

	switch (call) {
	case SEEK:
		return lseek(fd, 5, SEEK_SET);
	case SEEK_BAD:
		return lseek(fd, 5, 77);
	case SYNC:
		return fsync(fd);
	case DATASYNC:
		return fdatasync(fd);
	case TRUNCATE:
		return ftruncate(fd, 5);
	case ALLOCATE:
		return fallocate(fd, 0, 0, 10);
	case AHEAD:
		return readahead(fd, 0, 10);
	case SYNC_RANGE:
		return sync_file_range(fd, 0, 10, 0);
	case LEASE:
		return fcntl(fd, F_SETLEASE, F_RDLCK);
	case SOCKNAME:
		return getsockname(fd, (void *)&address, &len);
	case QSIZE:
		return ioctl(fd, FIOQSIZE, &size);
	case GETPIPE:
		return fcntl(fd, F_GETPIPE_SZ);
	case FLOCK:
		return fcntl(fd, F_GETFD);
	default:
		return -1;
	}
}

/* f, call */
void diff_op_vfs(struct diff_run *run, const long *arg)
{
	int fd = run->fd[arg[0]];
	long ret;

	switch (arg[1]) {
	case MAP:
		ret = map_it(fd, PROT_READ | PROT_WRITE);
		break;
	case MAP_SHARED_RO:
		ret = map_it(fd, PROT_READ);
		break;
	case ADVISE:
		ret = -posix_fadvise(fd, 0, 10, POSIX_FADV_DONTNEED);
		break;
	case SPLICE_OUT:
	case SPLICE_IN:
		ret = with_pipe(fd, arg[1]);
		break;
	case SEND_OUT:
	case SEND_IN:
	case COPY_RANGE:
		ret = with_file(fd, arg[1]);
		break;
	default:
		ret = diff_ret(vfs_call(fd, arg[1]));
	}
	diff_log_ret(run, ret);
}
