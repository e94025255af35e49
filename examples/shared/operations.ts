import { graphql } from '../generated/gql';

/** What Apollo Client and urql send. `npm run generate` in the repository's root makes their types. */
export const CONVERSATION = graphql(`
  query ChatConversation($id: ID!) {
    conversation(id: $id) {
      id
      responses(first: 50) {
        nodes {
          ...ChatTurn
        }
      }
    }
  }

  fragment ChatTurn on Response {
    id
    status
    outputText
    error {
      message
    }
    inputItems(first: 10) {
      nodes {
        id
        ... on Message {
          text
        }
      }
    }
  }
`);

export const FOLLOW = graphql(`
  subscription ChatFollow($id: ID!, $after: String) {
    conversationEvents(id: $id, after: $after) {
      cursor
      ... on ConversationResponseStartedEvent {
        response {
          ...ChatTurn
        }
      }
      ... on ConversationResponseEvent {
        responseId
        event {
          ... on OutputTextDeltaEvent {
            delta
          }
        }
      }
      ... on ConversationResponseEndedEvent {
        response {
          ...ChatTurn
        }
      }
    }
  }
`);

export const START = graphql(`
  mutation ChatStart {
    createConversation(input: {}) {
      conversation {
        id
      }
      userErrors {
        message
      }
    }
  }
`);

export const ASK = graphql(`
  mutation ChatAsk($conversationId: ID!, $model: String!, $text: String!) {
    createResponse(input: { conversationId: $conversationId, model: $model, input: { text: $text }, stream: true }) {
      userErrors {
        message
      }
    }
  }
`);
