// libc calls
