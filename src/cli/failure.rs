//! What a command ends with when it does not do what was asked.
//!
//! Owns the exit codes: 1 failed, 2 usage, 3 configuration, 4 refused, 5 no
//! daemon. One clear sentence goes with each.

/// The end of a command that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) code: u8,
    /// What, where, what to do.
    pub(super) message: String,
}

impl Failure {
    /// The exit code where no daemon could be reached.
    pub(super) const NO_DAEMON: u8 = 5;

    fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// 1: it failed.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::new(1, message)
    }

    /// 2: the command line.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(2, message)
    }

    /// 3: the configuration.
    pub(super) fn configuration(message: impl Into<String>) -> Self {
        Self::new(3, message)
    }

    /// 4: the daemon refused.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::new(4, message)
    }

    /// 5: no daemon.
    pub(super) fn no_daemon(message: impl Into<String>) -> Self {
        Self::new(Self::NO_DAEMON, message)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(format!("{error:#}"))
    }
}
