/// A contact as it may be shown: a telephone number with its first 3 and last
/// 2 digits, an address with its first character and domain.
pub fn masked_contact(contact: &str) -> String {
    if let Some((local, domain)) = contact.split_once('@') {
        let first: String = local.chars().take(1).collect();
        return format!("{first}***@{domain}");
    }
    let digits = contact.chars().filter(char::is_ascii_digit).count();
    let mut seen = 0;
    let masked = contact.chars().map(|character| {
        if !character.is_ascii_digit() {
            return character;
        }
        seen += 1;
        let shown = digits >= 10 && (seen <= 3 || seen > digits - 2);
        if shown { character } else { '*' }
    });
    masked.collect()
}
