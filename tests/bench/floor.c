/* The least that a recorder of N interleaved RTSP streams can do: wait, receive, write.
   Nothing is parsed. Usage: floor PORT PATH-PREFIX N FOLDER; runs until it is killed. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[1 << 20];

static void ask(int camera, const char *text) {
  size_t length = strlen(text);
  if (send(camera, text, length, 0) != (ssize_t)length || recv(camera, buffer, 65536, 0) <= 0) {
    perror("camera");
    exit(1);
  }
}

static int open_stream(int port, const char *prefix, int number) {
  char text[1024];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int camera = socket(AF_INET, SOCK_STREAM, 0);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  if (connect(camera, (struct sockaddr *)&address, sizeof address)) {
    perror("connect");
    exit(1);
  }
  const char *url = "rtsp://127.0.0.1";
  snprintf(text, sizeof text, "DESCRIBE %s/%s%02d RTSP/1.0\r\nCSeq: 1\r\n\r\n", url, prefix, number);
  ask(camera, text);
  snprintf(text, sizeof text,
           "SETUP %s/%s%02d/trackID=0 RTSP/1.0\r\nCSeq: 2\r\n"
           "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
           url, prefix, number);
  ask(camera, text);
  char *session = strstr(buffer, "Session: ");
  int length = session ? (int)strcspn(session + 9, ";\r\n") : 0;
  snprintf(text, sizeof text, "PLAY %s/%s%02d RTSP/1.0\r\nCSeq: 3\r\nSession: %.*s\r\n\r\n", url,
           prefix, number, length, session ? session + 9 : "");
  if (send(camera, text, strlen(text), 0) < 0) exit(1);
  return camera;
}

int main(int count, char **words) {
  if (count != 5) {
    fprintf(stderr, "usage: floor PORT PATH-PREFIX N FOLDER\n");
    return 2;
  }
  static int file_of[65536];
  struct epoll_event events[256];
  int all = epoll_create1(0);
  for (int i = 0; i < atoi(words[3]); i++) {
    char path[4096];
    int camera = open_stream(atoi(words[1]), words[2], i);
    snprintf(path, sizeof path, "%s/%d.bin", words[4], i);
    file_of[camera] = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = camera};
    epoll_ctl(all, EPOLL_CTL_ADD, camera, &event);
  }
  for (;;) {
    int ready = epoll_wait(all, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      ssize_t got = recv(events[i].data.fd, buffer, sizeof buffer, 0);
      if (got <= 0 || write(file_of[events[i].data.fd], buffer, got) != got) return 1;
    }
  }
}
