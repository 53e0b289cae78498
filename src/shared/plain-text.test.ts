import { describe, expect, it } from 'vitest';
import { plainSentence, plainText } from './plain-text.js';

const acute = '\u0301';

describe('plainText', () => {
  it.each([
    ['Vietnamese, decomposed', 'Nguyễn Thị Ngọc Huệ'.normalize('NFD')],
    ['Vietnamese, composed', 'Đặng Thuỳ Dương'],
    ['Devanagari', 'ज़िंदगी का कंप्यूटर'],
    ['Thai', 'เครื่องของน้ำ ที่บ้าน'],
    ['Hebrew with points', 'הַמַּחְשֵׁב שֶׁל שָׂרָה'],
    ['Hebrew with points and cantillation', 'בְּרֵאשִׁ֖ית שָּׁ֣'],
    ['Arabic with points', 'حَاسُوبُ مُحَمَّدٍ'],
    ['Burmese', 'လျှော့ကြွေး ကျွန်ုပ်'],
    ['Tibetan', 'བསྒྲུབས་ཧཱུྃ'],
    ['Korean', '서울의 컴퓨터'],
    ['a coder', '👩🏽‍💻 at work'],
    ['a family', '👨‍👩‍👧‍👦'],
    ['flags, hearts and keys', '🏳️‍🌈 🏴‍☠️ ❤️‍🔥 🇻🇳 1️⃣'],
  ])('leaves %s as it is', (_script, text) => {
    expect(plainText(text)).toBe(text.normalize('NFC'));
  });

  it.each([
    ['of one mark', acute],
    ['of several', '\u0353\u036f\u20dd'],
  ])('ends a tower %s at the fourth', (_what, marks) => {
    const tower = plainText(`bob${marks.repeat(63)} and eve`).normalize('NFD');
    expect(tower).toMatch(/^bob\p{M}{4} and eve$/u);
  });

  it('counts the accent a letter is composed with', () => {
    expect(plainText(`ế${acute.repeat(9)}`)).toBe(plainText(`e\u0302${acute.repeat(9)}`));
    expect(plainText(`ế${acute.repeat(9)}`).normalize('NFD')).toHaveLength(5);
  });

  it.each([
    ['a joiner between letters', 'bo\u200db', 'bob'],
    ['joiners that join nothing', '👩\u200d\u200d💻\u200d', '👩💻'],
    ['letters that fill nothing', 'bo\u3164b\u034f\u115f', 'bob'],
    ['lines and tabs', ' two\r\n lines\t', 'two lines'],
  ])('takes away %s', (_what, text, plain) => {
    expect(plainText(text)).toBe(plain);
    expect(plainText(plain)).toBe(plain);
  });
});

describe('plainSentence', () => {
  it('bounds and straightens what quotes a stranger', () => {
    const plain = plainSentence(`a\u202eb\n${'c'.repeat(9000)}`);
    expect(plain.length).toBeLessThan(310);
    expect(plain).toMatch(/^ab c/);
  });
});
