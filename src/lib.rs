//! What a person touches: the console and the commands. The binary is a thin caller of this library,
//! so that tests can drive both without a process.

#![forbid(unsafe_code)]

pub mod cli;
pub mod console;
pub mod premises;
