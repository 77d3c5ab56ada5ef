//! The words of a run's and a step's state, exactly as the status holds them.

/// State of a run; `status.workflow.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunPhase {
    /// Steps are left.
    Executing,
    /// Someone or some time has to pass.
    Suspending,
    /// A person ended it.
    Terminated,
    /// A step ended it.
    Failed,
    /// All steps are over and well.
    Succeeded,
}

impl RunPhase {
    /// The word in the run's status.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Executing => "executing",
            Self::Suspending => "suspending",
            Self::Terminated => "terminated",
            Self::Failed => "failed",
            Self::Succeeded => "succeeded",
        }
    }

    /// The word in the Application's `status.status`; a succeeded run depends on health besides.
    #[must_use]
    pub fn application_word(self) -> &'static str {
        match self {
            Self::Executing => "runningWorkflow",
            Self::Suspending => "workflowSuspending",
            Self::Terminated => "workflowTerminated",
            Self::Failed => "workflowFailed",
            Self::Succeeded => "running",
        }
    }

    /// Whether the run will not go on by itself or by approval.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Terminated | Self::Failed | Self::Succeeded)
    }
}

/// State of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepPhase {
    /// Over and well.
    #[default]
    Succeeded,
    /// Went wrong; whether it is tried again is in the reason.
    Failed,
    /// Passed over.
    Skipped,
    /// Waits for something.
    Running,
    /// Waits for other steps or for values.
    Pending,
    /// Waits for a person or a time.
    Suspending,
}

impl StepPhase {
    /// The word in the status.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Suspending => "suspending",
        }
    }
}

/// Why a step is in its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reason {
    /// No reason is given.
    #[default]
    None,
    /// Something is not ready.
    Wait,
    /// A condition or an earlier failure.
    Skip,
    /// The template could not be evaluated.
    Rendering,
    /// A call went wrong; it is tried again.
    Execute,
    /// Waits for a person or a time.
    Suspend,
    /// A person ended it, or the template did.
    Terminate,
    /// A value could not be taken in.
    Input,
    /// Too many tries.
    FailedAfterRetries,
    /// It took too long.
    Timeout,
    /// The template declared it failed.
    Action,
}

impl Reason {
    /// The word in the status; empty for none.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Wait => "Wait",
            Self::Skip => "Skip",
            Self::Rendering => "Rendering",
            Self::Execute => "Execute",
            Self::Suspend => "Suspend",
            Self::Terminate => "Terminate",
            Self::Input => "Input",
            Self::FailedAfterRetries => "FailedAfterRetries",
            Self::Timeout => "Timeout",
            Self::Action => "Action",
        }
    }
}

/// Whether a step of this phase and reason is visited no more. A failed step whose reason is
/// `Execute`, or none, is tried again.
///
/// Source: `IsStepFinish` in `pkg/types/types.go` of kubevela/workflow.
#[must_use]
pub fn is_finished(phase: &str, reason: &str) -> bool {
    match phase {
        "succeeded" | "skipped" => true,
        "failed" => !reason.is_empty() && reason != "Execute",
        _ => false,
    }
}
