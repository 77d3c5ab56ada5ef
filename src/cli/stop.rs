//! Why a command ends without having done what it was asked, and with which exit code.

use std::process::ExitCode;

use mizzen_engine::operate::OperateError;
use mizzen_hub::{HubError, Status};

use super::say::aside;
use crate::console::term::clean::Clean;

/// The end of a command that did not do what it was asked.
#[derive(Debug)]
pub(super) enum Stop {
    /// The answer is no, or what was compared differs. Exit code 1.
    Refused(String),
    /// Something went wrong. Exit code 2.
    Failed(String),
    /// A command that was run somewhere ended so, and said itself what there is to say.
    Ended(u8),
}

impl Stop {
    /// Says why, and gives the exit code.
    pub(super) fn report(self) -> ExitCode {
        let code = match self {
            Self::Refused(_) => 1,
            Self::Failed(_) => 2,
            Self::Ended(code) => return ExitCode::from(code),
        };
        for line in Clean::lines(&self.text()) {
            aside(format_args!("{line}"));
        }
        ExitCode::from(code)
    }

    /// The sentence.
    pub(super) fn text(self) -> String {
        match self {
            Self::Refused(text) | Self::Failed(text) => text,
            Self::Ended(code) => format!("exit code {code}"),
        }
    }

    /// A hub that did not answer, or not as it should.
    pub(super) fn reaching(hub: &str, error: kube::Error) -> Self {
        Self::failed(&format!("reaching hub {hub}"), Self::from(error).text())
    }

    /// The same with where it happened in front.
    pub(super) fn at(self, place: &str) -> Self {
        match self {
            Self::Refused(text) => Self::Refused(format!("{place}: {text}")),
            Self::Failed(text) => Self::Failed(format!("{place}: {text}")),
            Self::Ended(code) => Self::Ended(code),
        }
    }

    pub(super) fn failed(doing: &str, why: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{doing}: {why}"))
    }
}

impl From<OperateError> for Stop {
    fn from(error: OperateError) -> Self {
        if error.is_refusal() {
            return Self::Refused(error.to_string());
        }
        Self::Failed(error.to_string())
    }
}

impl From<mizzen_engine::error::Error> for Stop {
    fn from(error: mizzen_engine::error::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<HubError> for Stop {
    fn from(error: HubError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Status> for Stop {
    fn from(status: Status) -> Self {
        Self::Failed(status.message)
    }
}

impl From<kube::Error> for Stop {
    fn from(error: kube::Error) -> Self {
        let mut text = error.to_string();
        let mut next = std::error::Error::source(&error);
        while let Some(cause) = next {
            let more = cause.to_string();
            if !text.contains(&more) {
                text = format!("{text}: {more}");
            }
            next = cause.source();
        }
        Self::Failed(text)
    }
}
