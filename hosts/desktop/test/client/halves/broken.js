throw new Error('this half is broken');
