internal import CFastCGI

/// Makes libfcgi ready. Once, before the first worker, and after signals were blocked: it installs
/// handlers of its own, for SIGPIPE and SIGUSR1 among others.
public func initializeFastCGI() {
    FCGX_Init()
}
