/// Who sends the texts, as far as the guard needs to know: what a bank's manifest
/// says of its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// What every message begins with; empty where the sender is named by the network.
    pub signature: String,
    /// The number that a person who got a wrong message can call.
    pub hotline: String,
    /// The domains that may stand in a message.
    pub allowed_links: Vec<String>,
    /// The most segments of one message.
    pub max_segments: usize,
}
