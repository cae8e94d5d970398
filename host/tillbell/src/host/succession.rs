//! New releases in the place of those that run: all of them, or none.

use std::sync::{Arc, PoisonError};

use super::{Host, set};
use crate::engines::Engines;
use crate::ranges::BinTable;
use crate::release::Release;
use crate::{Artefact, Error, ErrorKind, Manifest, ReleaseLedger, Result};

/// Releases that are linked, and that may follow those that run; they do not run
/// yet ([`Host::prepare`], [`Host::switch`]).
pub struct Succession {
    engines: Arc<Engines>,
    /// Each with its bank's place in the host.
    releases: Vec<(usize, Arc<Release>)>,
}

impl Host {
    /// Puts a new release in the place of the one that runs, from any thread
    /// and without a pause: transactions that run end as they began. The last
    /// good release is kept: if the new one is tripped, the old one runs again,
    /// and an [`crate::Event::Restored`] tells; once the new one is proven
    /// ([`crate::TripPolicy::proven_after`]), the old one is let go.
    ///
    /// # Errors
    /// As [`Host::load`]; and [`ErrorKind::Artefact`] if no bundle of this name
    /// is loaded, or its release number is not below the new one's. The host is
    /// then as it was.
    pub fn replace(&self, artefact: &Artefact) -> Result<()> {
        self.replace_all(&[artefact])
    }

    /// The same for several bundles: all are replaced, or none is.
    ///
    /// # Errors
    /// As [`Host::replace`], for the first that is refused.
    pub fn replace_all(&self, artefacts: &[&Artefact]) -> Result<()> {
        self.switch(self.prepare(artefacts)?)
    }

    /// Links new releases and checks that they may follow those that run, which
    /// run on. Nothing is changed, neither here nor in the ledger.
    ///
    /// # Errors
    /// As [`Host::replace`], for the first that is refused;
    /// [`ErrorKind::Overlap`] if two are of the same bundle.
    pub fn prepare(&self, artefacts: &[&Artefact]) -> Result<Succession> {
        let mut releases = Vec::<(usize, Arc<Release>)>::with_capacity(artefacts.len());
        for artefact in artefacts {
            let Manifest { id, release, .. } = &**artefact.manifest();
            let Some(at) = self.bundles.iter().position(|bank| bank.id == *id) else {
                let detail = format!("bundle {id:?}: is not loaded, so it cannot be replaced");
                return Err(Error::new(ErrorKind::Artefact, detail));
            };
            if releases.iter().any(|(other, _)| *other == at) {
                let detail = format!("bundle {id:?}: is replaced twice at once");
                return Err(Error::new(ErrorKind::Overlap, detail));
            }
            // Before it is linked: code of one artefact cannot be registered twice.
            self.check_follows(at, *release)?;
            releases.push((at, Arc::new(self.release(artefact)?)));
        }
        let _changing = self.changing();
        self.table_of(&releases)?;
        Ok(Succession { engines: self.engines.clone(), releases })
    }

    /// Puts prepared releases in the place of those that run, all or none.
    ///
    /// # Errors
    /// As [`Host::replace`] if what runs has changed since they were prepared, or
    /// another host prepared them; [`ErrorKind::File`] if the ledger cannot be
    /// written. The host is then as it was.
    pub fn switch(&self, next: Succession) -> Result<()> {
        if !Arc::ptr_eq(&self.engines, &next.engines) {
            return Err(Error::new(ErrorKind::Artefact, "another host prepared these releases"));
        }
        let mut changing = self.changing();
        let table = self.table_of(&next.releases)?;
        if let Some(ledger) = &mut *changing {
            let manifests = next.releases.iter().map(|(_, release)| &release.manifest);
            ledger.enter_all(manifests.map(|manifest| (manifest.id.as_str(), manifest.release)))?;
        }
        // Nothing fails from here on.
        set(&self.table, table);
        for (at, release) in next.releases {
            let bank = &self.bundles[at];
            let replaced = bank.running();
            set(&bank.running, release);
            let mut before = bank.before.write().unwrap_or_else(PoisonError::into_inner);
            // One that was never proven is not the last good one.
            if before.is_none() || replaced.health.is_proven(&self.trip_policy) {
                *before = Some(replaced);
            }
        }
        Ok(())
    }

    /// Enters what runs in a ledger, in one write, and remembers there what
    /// follows it. So a host can be made and checked whole before anything of it
    /// is on record; [`ReleaseLedger::check`] looks without writing.
    ///
    /// # Errors
    /// [`ErrorKind::Downgrade`] if a later release ran before, [`ErrorKind::File`]
    /// if the ledger cannot be written. The host goes without it then.
    pub fn keep(&self, mut ledger: ReleaseLedger) -> Result<()> {
        let mut changing = self.changing();
        let manifests: Vec<_> = self.manifests().collect();
        let releases = manifests.iter().map(|manifest| (manifest.id.as_str(), manifest.release));
        ledger.enter_all(releases)?;
        *changing = Some(ledger);
        Ok(())
    }

    /// The table of what runs with these releases in it, each above the one that
    /// it replaces.
    fn table_of(&self, releases: &[(usize, Arc<Release>)]) -> Result<BinTable> {
        for (at, release) in releases {
            self.check_follows(*at, release.manifest.release)?;
        }
        self.table_with(releases)
    }

    /// Refuses a release that is not above the one that runs.
    fn check_follows(&self, at: usize, release: u64) -> Result<()> {
        let bank = &self.bundles[at];
        let running = bank.running().manifest.release;
        if release > running {
            return Ok(());
        }
        let detail =
            format!("bundle {:?}: release {release} does not follow release {running}", bank.id);
        Err(Error::new(ErrorKind::Artefact, detail))
    }
}

impl std::fmt::Debug for Succession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let releases = self.releases.iter().map(|(_, release)| &release.manifest);
        f.debug_list().entries(releases.map(|manifest| (&manifest.id, manifest.release))).finish()
    }
}
