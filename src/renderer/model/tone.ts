/** What a colour and a shape say, together with words, never alone. */
export type Tone = 'good' | 'relayed' | 'busy' | 'waiting' | 'paused' | 'quiet' | 'bad';
