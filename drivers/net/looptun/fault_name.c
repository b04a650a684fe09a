// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that rules may use for numbers: every errno, every ioctl of the device.
 */
#include <linux/errno.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/sockios.h>
#include <linux/string.h>

#include "fault_word.h"

#define NAME(name)	{ #name, name }

/* A number is shown by the first name that it has. */
static const struct looptun_fault_name looptun_fault_errnos[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO),
	NAME(ENXIO), NAME(E2BIG), NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD),
	NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT), NAME(ENOTBLK),
	NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR),
	NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY),
	NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS),
	NAME(EMLINK), NAME(EPIPE), NAME(EDOM), NAME(ERANGE), NAME(EDEADLK),
	NAME(ENAMETOOLONG), NAME(ENOLCK), NAME(ENOSYS), NAME(ENOTEMPTY),
	NAME(ELOOP), NAME(ENOMSG), NAME(EIDRM), NAME(ECHRNG), NAME(EL2NSYNC),
	NAME(EL3HLT), NAME(EL3RST), NAME(ELNRNG), NAME(EUNATCH), NAME(ENOCSI),
	NAME(EL2HLT), NAME(EBADE), NAME(EBADR), NAME(EXFULL), NAME(ENOANO),
	NAME(EBADRQC), NAME(EBADSLT), NAME(EBFONT), NAME(ENOSTR),
	NAME(ENODATA), NAME(ETIME), NAME(ENOSR), NAME(ENONET), NAME(ENOPKG),
	NAME(EREMOTE), NAME(ENOLINK), NAME(EADV), NAME(ESRMNT), NAME(ECOMM),
	NAME(EPROTO), NAME(EMULTIHOP), NAME(EDOTDOT), NAME(EBADMSG),
	NAME(EOVERFLOW), NAME(ENOTUNIQ), NAME(EBADFD), NAME(EREMCHG),
	NAME(ELIBACC), NAME(ELIBBAD), NAME(ELIBSCN), NAME(ELIBMAX),
	NAME(ELIBEXEC), NAME(EILSEQ), NAME(ERESTART), NAME(ESTRPIPE),
	NAME(EUSERS), NAME(ENOTSOCK), NAME(EDESTADDRREQ), NAME(EMSGSIZE),
	NAME(EPROTOTYPE), NAME(ENOPROTOOPT), NAME(EPROTONOSUPPORT),
	NAME(ESOCKTNOSUPPORT), NAME(EOPNOTSUPP), NAME(EPFNOSUPPORT),
	NAME(EAFNOSUPPORT), NAME(EADDRINUSE), NAME(EADDRNOTAVAIL),
	NAME(ENETDOWN), NAME(ENETUNREACH), NAME(ENETRESET), NAME(ECONNABORTED),
	NAME(ECONNRESET), NAME(ENOBUFS), NAME(EISCONN), NAME(ENOTCONN),
	NAME(ESHUTDOWN), NAME(ETOOMANYREFS), NAME(ETIMEDOUT),
	NAME(ECONNREFUSED), NAME(EHOSTDOWN), NAME(EHOSTUNREACH),
	NAME(EALREADY), NAME(EINPROGRESS), NAME(ESTALE), NAME(EUCLEAN),
	NAME(ENOTNAM), NAME(ENAVAIL), NAME(EISNAM), NAME(EREMOTEIO),
	NAME(EDQUOT), NAME(ENOMEDIUM), NAME(EMEDIUMTYPE), NAME(ECANCELED),
	NAME(ENOKEY), NAME(EKEYEXPIRED), NAME(EKEYREVOKED), NAME(EKEYREJECTED),
	NAME(EOWNERDEAD), NAME(ENOTRECOVERABLE), NAME(ERFKILL),
	NAME(EHWPOISON),
	/* Second names. */
	NAME(EWOULDBLOCK), NAME(EDEADLOCK), { "ENOTSUP", EOPNOTSUPP },
};

static const struct looptun_fault_name looptun_fault_ioctls[] = {
	NAME(TUNSETNOCSUM), NAME(TUNSETDEBUG), NAME(TUNSETIFF),
	NAME(TUNSETPERSIST), NAME(TUNSETOWNER), NAME(TUNSETLINK),
	NAME(TUNSETGROUP), NAME(TUNGETFEATURES), NAME(TUNSETOFFLOAD),
	NAME(TUNSETTXFILTER), NAME(TUNGETIFF), NAME(TUNGETSNDBUF),
	NAME(TUNSETSNDBUF), NAME(TUNATTACHFILTER), NAME(TUNDETACHFILTER),
	NAME(TUNGETVNETHDRSZ), NAME(TUNSETVNETHDRSZ), NAME(TUNSETQUEUE),
	NAME(TUNSETIFINDEX), NAME(TUNGETFILTER), NAME(TUNSETVNETLE),
	NAME(TUNGETVNETLE), NAME(TUNSETVNETBE), NAME(TUNGETVNETBE),
	NAME(TUNSETSTEERINGEBPF), NAME(TUNSETFILTEREBPF), NAME(TUNSETCARRIER),
	NAME(TUNGETDEVNETNS), NAME(SIOCGIFHWADDR), NAME(SIOCSIFHWADDR),
	NAME(SIOCGSKNS),
};

const struct looptun_fault_names looptun_fault_errno_names = {
	looptun_fault_errnos, ARRAY_SIZE(looptun_fault_errnos)
};

const struct looptun_fault_names looptun_fault_ioctl_names = {
	looptun_fault_ioctls, ARRAY_SIZE(looptun_fault_ioctls)
};

/**
 * looptun_fault_name_find - find a number by its name
 * @names: where
 * @word: the name
 * @number: for the number
 *
 * Return: whether there is such a name.
 */
bool looptun_fault_name_find(const struct looptun_fault_names *names,
			     struct looptun_fault_span word, u32 *number)
{
	size_t i;

	for (i = 0; i < names->count; i++) {
		if (looptun_fault_span_is(word, names->names[i].name)) {
			*number = names->names[i].number;
			return true;
		}
	}
	return false;
}

/**
 * looptun_fault_name_of - the name of a number
 * @names: where
 * @number: the number
 *
 * Return: the name, or NULL.
 */
const char *looptun_fault_name_of(const struct looptun_fault_names *names,
				  u32 number)
{
	size_t i;

	for (i = 0; i < names->count; i++) {
		if (names->names[i].number == number)
			return names->names[i].name;
	}
	return NULL;
}

/**
 * looptun_fault_errno_name - the name of an errno
 * @error: the errno
 *
 * For others than rules too: not every kernel can tell.
 *
 * Return: the name, or NULL.
 */
const char *looptun_fault_errno_name(u32 error)
{
	return looptun_fault_name_of(&looptun_fault_errno_names, error);
}
