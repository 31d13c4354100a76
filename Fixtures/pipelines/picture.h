/* A test picture: a bar that moves with the frame's number, and its timecode in large letters; and the way back. */

#ifndef PICTURE_H
#define PICTURE_H

#include <stdint.h>
#include <string.h>

enum { PICTURE_WIDTH = 320, PICTURE_HEIGHT = 96, PICTURE_SIZE = PICTURE_WIDTH * PICTURE_HEIGHT };

enum { GLYPH = 4, GLYPH_LEFT = 16, GLYPH_TOP = 20, GLYPH_STEP = 24, BAR_TOP = 64, BAR_STEP = 4, BAR_WIDTH = 8 };

/* Five columns of seven rows, the lowest bit on top. */
static const char picture_letters[] = "0123456789:;";
static const uint8_t picture_glyphs[][5] = {
    {0x3E, 0x51, 0x49, 0x45, 0x3E}, {0x00, 0x42, 0x7F, 0x40, 0x00}, {0x42, 0x61, 0x51, 0x49, 0x46},
    {0x21, 0x41, 0x45, 0x4B, 0x31}, {0x18, 0x14, 0x12, 0x7F, 0x10}, {0x27, 0x45, 0x45, 0x45, 0x39},
    {0x3C, 0x4A, 0x49, 0x49, 0x30}, {0x01, 0x71, 0x09, 0x05, 0x03}, {0x36, 0x49, 0x49, 0x49, 0x36},
    {0x06, 0x49, 0x49, 0x29, 0x1E}, {0x00, 0x36, 0x36, 0x00, 0x00}, {0x00, 0x56, 0x36, 0x00, 0x00},
};

static inline int picture_bar(int64_t frame) {
    return (int)(frame % ((PICTURE_WIDTH - BAR_WIDTH) / BAR_STEP)) * BAR_STEP;
}

/* 8-bit luma, PICTURE_SIZE bytes. */
static inline void picture_draw(uint8_t *luma, int64_t frame, const char *timecode) {
    memset(luma, 32, PICTURE_SIZE);
    for (int y = BAR_TOP; y < PICTURE_HEIGHT; y++) memset(luma + y * PICTURE_WIDTH + picture_bar(frame), 224, BAR_WIDTH);
    for (int place = 0; timecode[place] != 0; place++) {
        const char *letter = strchr(picture_letters, timecode[place]);
        if (letter == NULL) continue;
        for (int x = 0; x < 5 * GLYPH; x++) {
            for (int y = 0; y < 7 * GLYPH; y++) {
                if (!(picture_glyphs[letter - picture_letters][x / GLYPH] >> (y / GLYPH) & 1)) continue;
                luma[(GLYPH_TOP + y) * PICTURE_WIDTH + GLYPH_LEFT + place * GLYPH_STEP + x] = 224;
            }
        }
    }
}

/* Reads the letters of a picture, each as the glyph with the nearest dots, and the bar's place. */
static inline int picture_read(const uint8_t *luma, char timecode[12]) {
    for (int place = 0; place < 11; place++) {
        int best = 0, least = 1 << 30;
        for (int glyph = 0; picture_letters[glyph] != 0; glyph++) {
            int distance = 0;
            for (int x = 0; x < 5; x++) {
                for (int y = 0; y < 7; y++) {
                    int row = GLYPH_TOP + y * GLYPH + GLYPH / 2;
                    int column = GLYPH_LEFT + place * GLYPH_STEP + x * GLYPH + GLYPH / 2;
                    int seen = luma[row * PICTURE_WIDTH + column] > 128;
                    distance += seen != (picture_glyphs[glyph][x] >> y & 1);
                }
            }
            if (distance < least) {
                least = distance;
                best = glyph;
            }
        }
        timecode[place] = picture_letters[best];
    }
    timecode[11] = 0;
    const uint8_t *row = luma + (BAR_TOP + 16) * PICTURE_WIDTH;
    int bar = 0;
    while (bar < PICTURE_WIDTH && row[bar] <= 128) bar++;
    return bar;
}

#endif
