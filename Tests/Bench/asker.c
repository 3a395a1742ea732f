// asker: asks one question again and again on sockets and prints how long each answer took, for `make bench`.
//
//   asker QUESTION SECONDS INTERVAL FD...   on connections that are open already; INTERVAL in microseconds from question to
//                                           question on one connection, 0 to ask again as soon as the answer is there
//   asker QUESTION SECONDS 0 PATH           on a new connection to a Unix socket for each question
//
// QUESTION is a file with a whole HTTP request or D-Bus call. Prints nanoseconds, one answer a line.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { most_connections = 64, most_bytes = 1 << 16, most_answers = 1 << 22 };

struct connection {
    int fd, asked;
    int64_t due, start;
    size_t length;
    uint8_t bytes[most_bytes];
};

static struct connection connections[most_connections];
static uint8_t question[most_bytes];
static size_t question_length;
static int64_t *answers;
static size_t answer_count;

static void fail(const char *what) {
    fprintf(stderr, "asker: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t) time.tv_sec * 1000000000 + time.tv_nsec;
}

/// The length of the first whole message in the bytes, HTTP or little-endian D-Bus; 0 when more has to come.
static size_t message_length(const uint8_t *bytes, size_t length) {
    if (length >= 16 && bytes[0] == 'l') {
        uint32_t body, fields;
        memcpy(&body, bytes + 4, 4);
        memcpy(&fields, bytes + 12, 4);
        size_t whole = 16 + ((fields + 7) & ~7u) + body;
        return length >= whole ? whole : 0;
    }
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = (size_t) (end - (const char *) bytes) + 4, body = 0;
    for (const char *line = (const char *) bytes; line < end; line = (const char *) memchr(line, '\n', (size_t) (end - line + 2)) + 1)
        if (!strncasecmp(line, "Content-Length:", 15)) body = strtoul(line + 15, NULL, 10);
    return length >= head + body ? head + body : 0;
}

/// A signal of D-Bus, which answers nothing.
static int is_signal(const uint8_t *bytes) { return bytes[0] == 'l' && bytes[1] == 4; }

/// Something else than success in HTTP, or an error of D-Bus.
static int is_refusal(const uint8_t *bytes) { return bytes[0] == 'l' ? bytes[1] != 2 : memcmp(bytes, "HTTP/1.1 200", 12) != 0; }

static void ask(struct connection *connection) {
    connection->start = now();
    connection->asked = 1;
    for (size_t sent = 0; sent < question_length;) {
        ssize_t count = send(connection->fd, question + sent, question_length - sent, MSG_NOSIGNAL);
        if (count < 0) fail("send");
        sent += (size_t) count;
    }
}

/// Reads once; true when the answer is whole.
static int hear(struct connection *connection) {
    ssize_t count = recv(connection->fd, connection->bytes + connection->length, most_bytes - connection->length, 0);
    if (count <= 0) fail("recv");
    connection->length += (size_t) count;
    size_t message;
    while ((message = message_length(connection->bytes, connection->length))) {
        int signal = is_signal(connection->bytes);
        if (!signal && is_refusal(connection->bytes)) {
            fprintf(stderr, "asker: refused: %.*s\n", (int) (message < 300 ? message : 300), (const char *) connection->bytes);
            exit(1);
        }
        connection->length -= message;
        memmove(connection->bytes, connection->bytes + message, connection->length);
        if (signal) continue;
        if (answer_count < most_answers) answers[answer_count++] = now() - connection->start;
        connection->asked = 0;
        return 1;
    }
    return 0;
}

static void on_new_connections(const char *path, int64_t end) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct connection *connection = &connections[0];
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    while (now() < end) {
        int64_t start = now();
        connection->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(connection->fd, (struct sockaddr *) &address, sizeof address)) fail("connect");
        ask(connection);
        connection->start = start;
        while (!hear(connection)) {}
        close(connection->fd);
    }
}

static void on_open_connections(int count, int64_t interval, int64_t end) {
    struct pollfd polled[most_connections];
    int64_t begin = now();
    for (int i = 0; i < count; i++) {
        polled[i] = (struct pollfd) {.fd = connections[i].fd, .events = POLLIN};
        connections[i].due = begin + interval * i / count;  // spread evenly
    }
    while (now() < end) {
        int64_t next = end;
        for (int i = 0; i < count; i++) {
            struct connection *connection = &connections[i];
            if (!connection->asked && connection->due <= now()) {
                connection->due += interval;
                ask(connection);
            }
            if (!connection->asked && connection->due < next) next = connection->due;
        }
        if (count > 1 || interval) {
            int64_t wait = next - now();
            struct timespec timeout = {.tv_nsec = wait > 0 ? wait % 1000000000 : 0, .tv_sec = wait > 0 ? wait / 1000000000 : 0};
            if (ppoll(polled, (nfds_t) count, &timeout, NULL) < 0) fail("poll");
        }
        for (int i = 0; i < count; i++)
            if (connections[i].asked && (polled[i].revents || (count == 1 && !interval))) hear(&connections[i]);
    }
}

int main(int argc, char **argv) {
    if (argc < 5 || argc - 4 > most_connections) return 64;
    int file = open(argv[1], O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, question, sizeof question);
    if (length <= 0) fail(argv[1]);
    question_length = (size_t) length;
    answers = malloc(most_answers * sizeof *answers);
    int64_t end = now() + (int64_t) (atof(argv[2]) * 1e9);
    if (argv[4][0] == '/') {
        on_new_connections(argv[4], end);
    } else {
        for (int i = 0; i < argc - 4; i++) connections[i].fd = atoi(argv[4 + i]);
        on_open_connections(argc - 4, atoll(argv[3]) * 1000, end);
    }
    for (size_t i = 0; i < answer_count; i++) printf("%lld\n", (long long) answers[i]);
    return 0;
}
