use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::Input;
use crate::feed;

/// Count the SMS segments of texts: one text a line in, one JSON object out.
#[derive(Args)]
#[command(after_help = "\
Example:
  echo '【海港银行】您尾号0018的卡消费CNY 128.50' | tillbell segments
  {\"encoding\":\"UCS-2\",\"segments\":1,\"units\":29}")]
pub(crate) struct Opts {}

#[derive(Serialize)]
struct Row {
    encoding: &'static str,
    segments: usize,
    units: usize,
}

pub(crate) fn run(_: &Opts) -> Result<Input> {
    feed::each_text(|text, output| {
        let count = tillbell_sms::count(text);
        let row =
            Row { encoding: count.encoding.as_str(), segments: count.segments, units: count.units };
        serde_json::to_writer(output, &row)?;
        Ok(Input::Accepted)
    })
}
