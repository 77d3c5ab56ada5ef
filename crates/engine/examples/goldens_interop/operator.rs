//! The person at the command line of a scenario: which of our operations each command of upstream's
//! tool stands for.

/// Carries out commands of upstream's tool with our operations.
#[derive(Debug, Default)]
pub(crate) struct Operator;

impl Operator {
    /// Carries out one command; what has no counterpart yet is named in the error.
    pub(crate) async fn command(&self, command: &str) -> Result<(), String> {
        Err(format!("not built: `vela {command}`"))
    }
}
