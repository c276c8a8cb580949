import { defineComponent, h, onMounted, type PropType, ref } from "vue";
import { type Point, pictureOfStrokes } from "../page/picture-of-strokes.ts";
import type { Player } from "../page/player.ts";

/** Points of the board for each press of an arrow key; the board is 1 wide. */
const keyStep = 0.05;
const moves: Readonly<Record<string, Point>> = {
  ArrowLeft: [-keyStep, 0],
  ArrowRight: [keyStep, 0],
  ArrowUp: [0, -keyStep],
  ArrowDown: [0, keyStep],
};

/** A board to draw a digit on: with a finger, a mouse, or the keys. */
export const DrawingBoard = defineComponent({
  name: "DrawingBoard",
  props: { player: { type: Object as PropType<Player>, required: true } },
  setup({ player }) {
    const canvas = ref<HTMLCanvasElement | null>(null);
    const strokes: Point[][] = [];
    let cursor: Point = [0.5, 0.5];
    let drawing = false;
    /** Whether the keys are in use, which need a cursor to be seen. */
    let byKeys = false;

    const paint = (): void => {
      const context = canvas.value?.getContext("2d");
      if (!canvas.value || !context) return;
      const { width } = canvas.value;
      context.clearRect(0, 0, width, width);
      Object.assign(context, { lineWidth: width / 12, lineCap: "round", lineJoin: "round" });
      for (const stroke of strokes) {
        context.beginPath();
        for (const [x, y] of [stroke[0]!, ...stroke]) context.lineTo(x * width, y * width);
        context.stroke();
      }
      if (!byKeys) return;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(cursor[0] * width, cursor[1] * width, drawing ? 4 : 8, 0, 2 * Math.PI);
      context.stroke();
    };
    const send = (): void => player.draw(strokes.length === 0 ? null : pictureOfStrokes(strokes));
    const begin = (point: Point): void => {
      drawing = true;
      strokes.push([point]);
    };
    const clear = (): void => {
      strokes.length = 0;
      drawing = false;
      paint();
      send();
    };
    const pointOf = ({ clientX, clientY }: PointerEvent): Point => {
      const { left, top, width, height } = canvas.value!.getBoundingClientRect();
      return [(clientX - left) / width, (clientY - top) / height];
    };

    const onPointerdown = (event: PointerEvent): void => {
      if (!event.isPrimary || event.button !== 0) return;
      canvas.value!.setPointerCapture(event.pointerId);
      byKeys = false;
      begin(pointOf(event));
      paint();
    };
    const onPointermove = (event: PointerEvent): void => {
      if (!drawing || byKeys || !event.isPrimary) return;
      strokes.at(-1)!.push(pointOf(event));
      paint();
    };
    const onPointerup = ({ isPrimary }: PointerEvent): void => {
      if (!drawing || byKeys || !isPrimary) return;
      drawing = false;
      send();
    };
    const onKeydown = (event: KeyboardEvent): void => {
      const move = moves[event.key];
      if (event.key === "Escape") clear();
      else if (event.key === " ") {
        if (drawing) drawing = false;
        else begin(cursor);
      } else if (move !== undefined) {
        cursor = [clamp(cursor[0] + move[0]), clamp(cursor[1] + move[1])];
        if (drawing) strokes.at(-1)!.push(cursor);
      } else return;
      event.preventDefault();
      byKeys = true;
      paint();
      if (strokes.length > 0) send();
    };
    onMounted(paint);

    const listeners = { onPointerdown, onPointermove, onPointerup, onPointercancel: onPointerup, onKeydown };
    return () =>
      h("div", { class: "pg-board" }, [
        h("canvas", {
          ref: canvas,
          class: "pg-ink",
          width: 168,
          height: 168,
          tabindex: 0,
          role: "application",
          "aria-label": "Board to draw a digit on. Arrow keys move, space lowers and lifts the pen, escape clears.",
          ...listeners,
        }),
        h("button", { type: "button", onClick: clear }, "Clear"),
        h("p", "Draw a digit here: it takes the first place above."),
      ]);
  },
});

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
