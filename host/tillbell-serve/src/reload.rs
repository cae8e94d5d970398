//! What a SIGHUP does: all that the new configuration says, or nothing.

use std::sync::PoisonError;

use crate::daemon::Daemon;
use crate::note::Note;
use crate::prepare::{Prepared, prepare, stranded};
use crate::supervise::Supervisor;
use crate::{Error, Result};

impl Daemon {
    /// Reads configuration and bundles again. With anything wrong in them all that
    /// runs stays as it is, and each cause is noted. Where requests come in, and
    /// where the outbox is, stays as it was at the start.
    pub(crate) async fn reload(&mut self) {
        let note = self.start.note.clone();
        let done = match self.prepare_again().await {
            Ok(prepared) => self.switch(prepared).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => note("reload: done".into()),
            Err(error) => refused(&note, &error),
        }
    }

    /// Prepares the new configuration, away from what answers requests.
    async fn prepare_again(&self) -> Result<Prepared> {
        let (path, banks) = (self.start.config.clone(), self.banks.clone());
        let artefacts = self.start.artefacts.clone();
        let prepared =
            tokio::task::spawn_blocking(move || prepare(&path, &*artefacts, Some(&banks)));
        prepared.await.unwrap_or_else(|error| {
            Err(Error::new("the configuration could not be looked at").because(error))
        })
    }

    /// Puts a prepared configuration in the place of what runs. The steps that can
    /// fail, for a disk that refuses, come first.
    async fn switch(&mut self, prepared: Prepared) -> Result<()> {
        let note = self.start.note.clone();
        let Prepared { config, bundles, routes, known, warnings, .. } = prepared;
        self.tell_standing(&config).await?;
        let lines = match self.banks.switch(bundles) {
            Ok(lines) => lines,
            Err(error) => {
                // The disk took the other a moment ago; if not, the old values
                // are those of the next reload.
                let _ = self.tell_standing(&self.config).await;
                return Err(error);
            }
        };
        lines.into_iter().for_each(|line| note(format!("reload: {line}")));
        let stranded = {
            let outbox = self.api.reader.lock().unwrap_or_else(PoisonError::into_inner);
            stranded(&config, &outbox)
        };
        warnings
            .into_iter()
            .chain(stranded)
            .for_each(|line| note(format!("reload: warning: {line}")));
        self.api.learn(known);
        self.set_prices(&config);
        let is_same = routes.len() == self.routes.len()
            && routes.iter().zip(&self.routes).all(|(new, old)| new.is_same(old));
        if !is_same {
            // Sessions end in good order, and others begin.
            note("reload: other routes begin".into());
            self.supervisor.end().await;
            self.supervisor = Supervisor::start(&routes, &self.source(), &self.api.running);
            self.routes = routes;
        }
        self.config = config;
        Ok(())
    }
}

fn refused(note: &Note, error: &Error) {
    note(format!("reload: {error}: what ran before runs on"));
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        note(format!("  because: {error}"));
        cause = error.source();
    }
}
