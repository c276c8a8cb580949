export class ConvTranspose2d {}
