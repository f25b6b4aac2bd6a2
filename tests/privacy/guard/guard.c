/* Refuses and writes down every try of native code to reach beyond this computer. Loaded by LD_PRELOAD. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void note(const char *what, const char *where) {
    const char *log = getenv("AI_HISTORY_TEST_NETWORK_LOG");
    char line[512];
    int length = snprintf(line, sizeof line, "native tried %s %s in process %d\n", what, where, (int)getpid());
    int file = log ? open(log, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
    if (file >= 0) {
        if (write(file, line, (size_t)length) != length) perror("guard");
        close(file);
    }
}

static int is_refused(const char *what, const struct sockaddr *address) {
    char where[INET6_ADDRSTRLEN] = "?";
    if (!address) return 0;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)address;
        if ((ntohl(four->sin_addr.s_addr) >> 24) == 127) return 0;
        inet_ntop(AF_INET, &four->sin_addr, where, sizeof where);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
        if (IN6_IS_ADDR_LOOPBACK(&six->sin6_addr)) return 0;
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) && six->sin6_addr.s6_addr[12] == 127) return 0;
        inet_ntop(AF_INET6, &six->sin6_addr, where, sizeof where);
    } else {
        /* Unix sockets and the kernel's own (netlink) stay on this computer. */
        return 0;
    }
    note(what, where);
    errno = EACCES;
    return 1;
}

int connect(int fd, const struct sockaddr *address, socklen_t length) {
    static int (*real)(int, const struct sockaddr *, socklen_t);
    if (!real) real = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
    return is_refused("connect", address) ? -1 : real(fd, address, length);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length) {
    static ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    if (!real)
        real = (ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "sendto");
    return is_refused("sendto", to) ? -1 : real(fd, data, size, flags, to, length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    static ssize_t (*real)(int, const struct msghdr *, int);
    if (!real) real = (ssize_t(*)(int, const struct msghdr *, int))dlsym(RTLD_NEXT, "sendmsg");
    return is_refused("sendmsg", (const struct sockaddr *)message->msg_name) ? -1 : real(fd, message, flags);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    struct in6_addr number;
    if (!real)
        real = (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo");
    /* A number is looked up nowhere; whether it may be reached is asked when it is. */
    if (name && strcmp(name, "localhost") && inet_pton(AF_INET, name, &number) != 1 && inet_pton(AF_INET6, name, &number) != 1) {
        note("getaddrinfo", name);
        return EAI_FAIL;
    }
    return real(name, service, hints, found);
}
