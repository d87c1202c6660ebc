import { WIDTH, HEIGHT } from './size.js';

/** The person in a scene. */
export type Sitter = 'grace' | 'elias';

/** A person before a window or a shelf, drawn as one SVG; `phase`, 0…1, is the share of the clip that has passed. */
export function drawScene(sitter: Sitter, phase: number): string {
  const sway = Math.sin(2 * Math.PI * phase);
  const scene = sitter === 'grace' ? drawGrace(sway) : drawElias(sway);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 1280 720">
    <defs>
      <filter id="far" x="-10%" y="-10%" width="120%" height="120%"><feGaussianBlur stdDeviation="14"/></filter>
      <filter id="near" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="7"/></filter>
      <filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="9"/></filter>
      ${gradient('skin-grace', '#f0c3a0', '#d99a75')}${gradient('skin-elias', '#a9714f', '#83513a')}
      ${gradient('teal', '#2f8f8b', '#1d5f66')}${gradient('mustard', '#d9a441', '#a9742a')}
      ${gradient('hair-grace', '#4a2f26', '#2b1a17')}${gradient('hair-elias', '#2a211f', '#171212')}
    </defs>
    ${scene}
  </svg>`;
}

function drawGrace(sway: number): string {
  return `
    <rect width="1280" height="720" fill="#e9d9c3"/>
    <g filter="url(#far)">
      <rect x="0" y="560" width="1280" height="170" fill="#c9a98a"/>
      <rect x="90" y="40" width="360" height="420" fill="#fdf4df"/>
      <rect x="110" y="60" width="150" height="380" fill="#cfe6ee"/><rect x="280" y="60" width="150" height="380" fill="#d9ecef"/>
      <circle cx="210" cy="400" r="90" fill="#9dbb93"/><circle cx="370" cy="420" r="80" fill="#88ab84"/>
      <rect x="960" y="330" width="14" height="330" fill="#8a6a4f"/><path d="M890 340 L1044 340 L1010 210 L924 210 Z" fill="#fff1c9"/>
      <circle cx="967" cy="300" r="150" fill="#ffe9b0" opacity="0.45"/>
      <ellipse cx="1160" cy="600" rx="70" ry="110" fill="#a5643f"/>
      <path d="M1160 520 C1080 430 1090 330 1140 260 C1150 360 1160 420 1160 520 C1180 400 1220 330 1262 300 C1262 400 1220 470 1160 520" fill="#5f8a62"/>
    </g>
    <g transform="translate(${660 + 5 * sway} ${2 * sway})">
      <g transform="rotate(${sway} 0 420)">
        <circle cx="0" cy="88" r="62" fill="url(#hair-grace)"/>
        <path d="M-132 300 C-150 120 -70 92 0 92 C70 92 150 120 132 300 C132 400 120 420 96 440 L-96 440 C-120 420 -132 400 -132 300 Z" fill="url(#hair-grace)"/>
      </g>
      <path d="M-330 760 C-330 590 -220 540 -92 512 L92 512 C220 540 330 590 330 760 Z" fill="url(#teal)"/>
      <path d="M-112 508 C-60 566 60 566 112 508 L78 492 L-78 492 Z" fill="#174d54"/>
      <path d="M-58 400 L58 400 L66 512 C36 548 -36 548 -66 512 Z" fill="#c98a66"/>
      <g transform="rotate(${sway} 0 420)">
        <ellipse cx="0" cy="300" rx="106" ry="136" fill="url(#skin-grace)"/>
        <path d="M-110 272 C-96 170 -30 150 10 152 C-20 200 -70 236 -110 272 Z" fill="url(#hair-grace)"/>
        <path d="M112 280 C106 180 60 150 6 152 C30 200 78 230 112 280 Z" fill="url(#hair-grace)"/>
        ${drawFace('#3b2620', '#b9584e', sway)}
      </g>
    </g>`;
}

function drawElias(sway: number): string {
  const books = Array.from({ length: 22 }, (_, index) => {
    const color =
      ['#c86b4a', '#e0b872', '#4c7f93', '#7d9a78', '#d7d2c3', '#8a5a78'][index % 6] ?? '';
    const [x, shelf] = [760 + (index % 11) * 44, Math.floor(index / 11)];
    const height = 110 + ((index * 37) % 50);
    return `<rect x="${x}" y="${230 + shelf * 210 - height}" width="34" height="${height}" fill="${color}"/>`;
  });
  return `
    <rect width="1280" height="720" fill="#3c5566"/>
    <g filter="url(#far)">
      <rect x="0" y="0" width="700" height="720" fill="#476576"/>
      <rect x="740" y="20" width="560" height="640" fill="#5c4636"/>
      <rect x="756" y="40" width="540" height="190" fill="#3a2c24"/><rect x="756" y="250" width="540" height="190" fill="#3a2c24"/><rect x="756" y="460" width="540" height="190" fill="#3a2c24"/>
      ${books.join('')}
      <rect x="110" y="90" width="260" height="330" fill="#e8e0cf"/><path d="M110 340 L200 240 L270 310 L320 260 L370 320 L370 420 L110 420 Z" fill="#7fa3ad"/>
      <circle cx="300" cy="170" r="30" fill="#e7a65b"/>
      <rect x="0" y="600" width="1280" height="130" fill="#2c3e4a"/>
      <circle cx="40" cy="120" r="180" fill="#ffd9a0" opacity="0.25"/>
    </g>
    <g transform="translate(${600 - 5 * sway} ${12 + 2 * sway})">
      <path d="M-350 760 C-350 590 -230 538 -98 512 L98 512 C230 538 350 590 350 760 Z" fill="url(#mustard)"/>
      <path d="M-100 510 L0 610 L100 510 L70 494 L-70 494 Z" fill="#f3ece0"/>
      <path d="M-60 400 L60 400 L70 506 C30 556 -30 556 -70 506 Z" fill="#74452f"/>
      <g transform="rotate(${-sway} 0 420)">
        <ellipse cx="-108" cy="306" rx="18" ry="30" fill="#83513a"/><ellipse cx="108" cy="306" rx="18" ry="30" fill="#83513a"/>
        <ellipse cx="0" cy="296" rx="106" ry="138" fill="url(#skin-elias)"/>
        <path d="M-112 290 C-128 130 -60 112 0 112 C60 112 128 130 112 290 C104 226 90 196 60 190 C10 206 -40 206 -66 190 C-92 200 -104 230 -112 290 Z" fill="url(#hair-elias)"/>
        <g fill="none" stroke="#e9dfce" stroke-width="6"><circle cx="-44" cy="290" r="33"/><circle cx="44" cy="290" r="33"/><path d="M-11 286 Q0 278 11 286"/></g>
        ${drawFace('#1d1412', '#7d3a33', sway)}
      </g>
    </g>`;
}

/** Eyes, brows, nose and a smile, in the middle of a head. */
function drawFace(dark: string, lips: string, sway: number): string {
  const look = 2 * sway;
  return `
    <ellipse cx="-62" cy="336" rx="22" ry="13" fill="${lips}" opacity="0.22" filter="url(#soft)"/>
    <ellipse cx="62" cy="336" rx="22" ry="13" fill="${lips}" opacity="0.22" filter="url(#soft)"/>
    <ellipse cx="${-44 + look}" cy="290" rx="9" ry="11" fill="${dark}"/><ellipse cx="${44 + look}" cy="290" rx="9" ry="11" fill="${dark}"/>
    <circle cx="${-41 + look}" cy="286" r="3" fill="#fff"/><circle cx="${47 + look}" cy="286" r="3" fill="#fff"/>
    <g fill="none" stroke="${dark}" stroke-linecap="round">
      <path d="M-66 258 Q-44 246 -24 256" stroke-width="7"/><path d="M24 256 Q44 246 66 258" stroke-width="7"/>
      <path d="M4 300 Q16 330 0 336" stroke-width="4" opacity="0.45"/>
    </g>
    <path d="M-38 366 Q0 404 38 366 Q0 384 -38 366 Z" fill="${lips}"/>`;
}

function gradient(id: string, from: string, to: string): string {
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0.6" y2="1"><stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient>`;
}
