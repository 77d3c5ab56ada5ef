//! Free loopback ports, found by asking the system for them.

use std::net::TcpListener;

use anyhow::{Context, Result};

/// As many distinct free ports as asked for: all are held until all are known.
pub(crate) fn free(count: usize) -> Result<Vec<u16>> {
    let held = (0..count)
        .map(|_| TcpListener::bind(("127.0.0.1", 0)).context("asking for a free port"))
        .collect::<Result<Vec<_>>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}
