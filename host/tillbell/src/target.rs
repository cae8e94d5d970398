use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// What a bundle's code is made for.
///
/// Native code is for the architecture's baseline, so that what one machine
/// bakes runs on every other of its kind. Code for Pulley, Wasmtime's
/// interpreter, runs on any machine of its pointer width, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// 64-bit x86 under Linux.
    X86_64,
    /// 64-bit ARM under Linux.
    Aarch64,
    /// The interpreter, 32-bit: also 32-bit ARM.
    Pulley32,
    /// The interpreter, 64-bit.
    Pulley64,
}

impl Target {
    /// All targets.
    pub const ALL: [Self; 4] = [Self::X86_64, Self::Aarch64, Self::Pulley32, Self::Pulley64];

    /// What this machine runs fastest: its own code, where Wasmtime knows its
    /// processor, else the interpreter.
    pub const fn host() -> Self {
        if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
            Self::X86_64
        } else if cfg!(all(target_arch = "aarch64", target_os = "linux")) {
            Self::Aarch64
        } else {
            Self::interpreter()
        }
    }

    /// The interpreter of this machine's pointer width.
    pub const fn interpreter() -> Self {
        if cfg!(target_pointer_width = "32") { Self::Pulley32 } else { Self::Pulley64 }
    }

    /// `x86_64`, `aarch64`, `pulley32` or `pulley64`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Pulley32 => "pulley32",
            Self::Pulley64 => "pulley64",
        }
    }

    /// As the compiler names it.
    pub(crate) const fn triple(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Aarch64 => "aarch64-unknown-linux-gnu",
            Self::Pulley32 => "pulley32",
            Self::Pulley64 => "pulley64",
        }
    }

    /// Whether it is the interpreter.
    pub const fn is_interpreted(self) -> bool {
        matches!(self, Self::Pulley32 | Self::Pulley64)
    }

    /// The largest page of memory that a system of this target has, in bytes:
    /// what is mapped begins at a multiple of it.
    pub(crate) const fn page_bytes(self) -> usize {
        match self {
            Self::X86_64 => 4 * 1024,
            Self::Aarch64 | Self::Pulley32 | Self::Pulley64 => 64 * 1024,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Target {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|target| target.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::new(ErrorKind::Artefact, format!("no target {name:?}; there are {names}"))
        })
    }
}
