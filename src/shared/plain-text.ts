/** Text that strangers had a say in, made harmless to whoever shows it. */

/** A longest sentence, in UTF-16 units. */
const maxSentence = 300;

/** Not to be seen, but for what shapes the character before it. */
const invisible = /[\p{Cs}\p{Cn}]|(?![\u200d\p{Variation_Selector}])[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** A joiner that does not make two emoji one (UTS #51, ED-16). */
const looseJoiner =
  /(?<!\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d|\u200d(?!\p{Extended_Pictographic})/gu;
/**
 * What stands above or below a character takes no room of its own: a tower of it paints over its neighbours. No script’s
 * everyday spelling needs more than four on one character, and more are suspect (UTS #39, 5.4). Counted decomposed, so
 * that an accent in a composed letter is one of them.
 */
const fifthMark = /([\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+/gu;

/**
 * One line without control, bidirectional and zero-width characters and towers of marks, in Unicode's composed form,
 * trimmed. Emoji made of several stay whole. May be empty.
 */
export function plainText(text: string): string {
  return text
    .replace(invisible, '')
    .replace(looseJoiner, '')
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .normalize('NFD')
    .replace(fifthMark, '$1')
    .normalize('NFC')
    .trim();
}

/** A sentence that may quote a stranger: plain and of bounded length. */
export function plainSentence(text: string): string {
  const plain = plainText(text.slice(0, 2000));
  return plain.length > maxSentence ? `${plain.slice(0, maxSentence)}…` : plain;
}
