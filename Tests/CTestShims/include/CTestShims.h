#pragma once

// GNU calls that tests need to run a program, and that Glibc's module map lacks.

#include <spawn.h>
#include <stddef.h>
#include <sys/types.h>

/// pipe2(2) with O_CLOEXEC: 0, or -1 and errno.
int test_pipe(int ends[2]);

/// memfd_create(2), closed on exec: a file without a name.
int test_memory_file(void);

/// Waits until a child has ended, at most so many milliseconds: pidfd_open(2) and poll(2).
void test_wait_for_end(pid_t pid, int milliseconds);

/// A new pseudo-terminal in raw mode, both ends closed on exec: 0, or -1 and errno.
int test_terminal(int *program_end, int *our_end);

/// posix_spawn_file_actions_addchdir_np: the child starts in `folder`.
int test_spawn_in_folder(posix_spawn_file_actions_t *actions, const char *folder);
