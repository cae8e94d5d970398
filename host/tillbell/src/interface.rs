//! The versions of `tillbell:plugin` that this host runs.

use std::fmt;

use crate::Role;

/// A version of the interface. A plugin of 0.x.y is one of 0.x: what y adds, old plugins do
/// not notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterfaceVersion {
    /// 0.1.
    V0_1,
    /// 0.2.
    V0_2,
}

impl InterfaceVersion {
    /// All of them, the oldest first.
    pub const ALL: [Self; 2] = [Self::V0_1, Self::V0_2];

    /// As the interface says it, such as `0.2.0`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V0_1 => "0.1.0",
            Self::V0_2 => "0.2.0",
        }
    }

    /// The version that a plugin of this one, such as `0.1.3`, can be run as; none where it
    /// is of a version that this host does not know.
    pub fn of(version: &str) -> Option<Self> {
        let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
        let own = minor(version)?;
        Self::ALL.into_iter().find(|known| minor(known.as_str()).as_deref() == Some(&own))
    }

    /// The version of an exported or imported interface of a role, by its name such as
    /// `tillbell:plugin/routing@0.1.0`; none for another's.
    pub fn of_role(role: Role, name: &str) -> Option<Self> {
        let version = name.strip_prefix(role.interface())?.strip_prefix('@')?;
        Self::of(version)
    }
}

impl fmt::Display for InterfaceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compatible_version_is_no_difference() {
        for (version, known) in [
            ("0.1.0", Some(InterfaceVersion::V0_1)),
            ("0.1.17", Some(InterfaceVersion::V0_1)),
            ("0.2.4", Some(InterfaceVersion::V0_2)),
            ("0.3.0", None),
            ("1.1.0", None),
            ("0.11.0", None),
            ("0", None),
            ("", None),
        ] {
            assert_eq!(InterfaceVersion::of(version), known, "{version}");
        }
        let routing = "tillbell:plugin/routing@0.1.2";
        assert_eq!(InterfaceVersion::of_role(Role::Router, routing), Some(InterfaceVersion::V0_1));
        assert_eq!(InterfaceVersion::of_role(Role::Masker, routing), None);
    }
}
